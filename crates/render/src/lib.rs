//! Hands: a directory becomes objects.
