"""Documents: operations on Quill's Deltas, the server's head, comments and reviews. All pure."""
