//! Hands: every request to the API server.
