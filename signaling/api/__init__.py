"""The HTTP API under `/api/v1` (PROTOCOL.md 4): endpoints, who may call them, their description."""
