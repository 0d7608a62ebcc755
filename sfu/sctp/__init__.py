"""Data channels: SCTP (RFC 9260) over DTLS (RFC 8261), the channel protocol (RFC 8832), and what waits."""
