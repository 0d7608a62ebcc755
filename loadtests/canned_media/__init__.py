"""Real encoded media, made at run time and kept in memory, cut into RTP payloads."""
