//! Judgement: the mind, from a tree and what was seen to what to do and say.
