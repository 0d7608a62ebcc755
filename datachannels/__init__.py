"""The meeting's shared work: messages in, messages out. Knows no transport and no database."""
