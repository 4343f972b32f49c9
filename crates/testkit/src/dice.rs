//! Numbers that look random and are the same in each run: a soup that is wrong once is wrong always.

/// A generator with a seed (xorshift).
pub struct Dice(u64);

impl Dice {
    /// Begins with a seed, which must not be zero.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `count`, which must not be zero.
    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        usize::try_from(self.0 % count).unwrap_or_default()
    }

    /// One of these words.
    pub fn one(&mut self, of: &[&str]) -> String {
        of[self.below(of.len())].to_owned()
    }
}
