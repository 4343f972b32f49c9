//! Whole-program tests and their helpers.
