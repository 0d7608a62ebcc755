"""One film of a recording: `sfumato compose`."""
