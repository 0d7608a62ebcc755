"""Client library: signaling, a controlling ICE agent, a DTLS client, RTP in and out. It decodes nothing."""
