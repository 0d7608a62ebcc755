"""SRTP and SRTCP (RFC 3711, RFC 7714): one session an association, keyed by DTLS (RFC 5764)."""
