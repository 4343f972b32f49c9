//! Judgement: the lock, bytes in and bytes out.
