//! Hands: repositories, fetched and handed over as trees.
