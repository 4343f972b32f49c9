//! Patterns of `#`, `##`, `%` and `%%`: `*`, `?`, `[a-z]`, `[^a]`, `\` before a character. They match
//! bytes, and a slash like any other character.

use crate::Reason;
use crate::budget::Meter;

/// A pattern that is none.
struct Malformed;

/// The length of the shortest or longest prefix that fits, if one does and is not empty.
///
/// A pattern that turns out to be none fits nothing, as in Flux, which finds out only where it
/// gets that far.
pub(super) fn prefix(
    pattern: &[u8],
    text: &[u8],
    longest: bool,
    meter: &Meter,
) -> Result<Option<usize>, Reason> {
    let mut found = None;
    for length in (1..=text.len()).rev() {
        let head = text.get(..length).unwrap_or_default();
        match fits(pattern, head, meter)? {
            Err(Malformed) => return Ok(None),
            Ok(false) => {}
            Ok(true) if longest => return Ok(Some(length)),
            Ok(true) => found = Some(length),
        }
    }
    Ok(found)
}

type Fits = Result<Result<bool, Malformed>, Reason>;

/// Whether the pattern fits the whole text.
fn fits(mut pattern: &[u8], mut text: &[u8], meter: &Meter) -> Fits {
    'pieces: while !pattern.is_empty() {
        let (star, piece, rest) = next_piece(pattern);
        pattern = rest;
        if star && piece.is_empty() {
            return Ok(Ok(true));
        }
        let last = pattern.is_empty();
        match match_piece(piece, text, meter)? {
            Err(Malformed) => return Ok(Err(Malformed)),
            Ok(Some(behind)) if behind.is_empty() || !last => {
                text = behind;
                continue;
            }
            Ok(_) => {}
        }
        if star {
            for skipped in 1..=text.len() {
                let tail = text.get(skipped..).unwrap_or_default();
                match match_piece(piece, tail, meter)? {
                    Err(Malformed) => return Ok(Err(Malformed)),
                    Ok(Some(behind)) if behind.is_empty() || !last => {
                        text = behind;
                        continue 'pieces;
                    }
                    Ok(_) => {}
                }
            }
        }
        return Ok(Ok(false));
    }
    Ok(Ok(text.is_empty()))
}

/// Whether a star comes first, what stands up to the next star, and the rest.
fn next_piece(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|c| **c == b'*').count();
    let rest = pattern.get(stars..).unwrap_or_default();
    let (mut in_class, mut at) = (false, 0);
    while let Some(c) = rest.get(at) {
        match c {
            b'\\' if at + 1 < rest.len() => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => break,
            _ => {}
        }
        at += 1;
    }
    let (piece, rest) = rest.split_at(at.min(rest.len()));
    (stars > 0, piece, rest)
}

/// Matches a piece without stars at the beginning of the text; what is behind, if it fits.
fn match_piece<'t>(
    mut piece: &[u8],
    mut text: &'t [u8],
    meter: &Meter,
) -> Result<Result<Option<&'t [u8]>, Malformed>, Reason> {
    meter.steps(1 + piece.len())?;
    while let Some((first, behind)) = piece.split_first() {
        let Some((own, rest)) = text.split_first() else {
            return Ok(Ok(None));
        };
        match first {
            b'[' => {
                let (c, width) = decode(text);
                let Ok((holds, after)) = class(behind, c) else {
                    return Ok(Err(Malformed));
                };
                if !holds {
                    return Ok(Ok(None));
                }
                piece = after;
                text = text.get(width..).unwrap_or_default();
            }
            b'?' => {
                piece = behind;
                text = text.get(decode(text).1..).unwrap_or_default();
            }
            _ => {
                let literal = if *first == b'\\' { behind } else { piece };
                let Some((wanted, after)) = literal.split_first() else {
                    return Ok(Err(Malformed));
                };
                if wanted != own {
                    return Ok(Ok(None));
                }
                piece = after;
                text = rest;
            }
        }
    }
    Ok(Ok(Some(text)))
}

/// Whether a class, behind its bracket, holds a character; and what is behind it.
fn class(mut class: &[u8], c: u32) -> Result<(bool, &[u8]), Malformed> {
    let negated = class.first() == Some(&b'^');
    if negated {
        class = class.get(1..).unwrap_or_default();
    }
    let (mut found, mut ranges) = (false, 0);
    loop {
        if class.first() == Some(&b']') && ranges > 0 {
            return Ok((found != negated, class.get(1..).unwrap_or_default()));
        }
        let (low, rest) = member(class)?;
        let (high, rest) = match rest.split_first() {
            Some((b'-', end)) => member(end)?,
            _ => (low, rest),
        };
        found |= (low..=high).contains(&c);
        class = rest;
        ranges += 1;
    }
}

/// One character of a class, which is never its last.
fn member(class: &[u8]) -> Result<(u32, &[u8]), Malformed> {
    let class = match class.split_first() {
        None | Some((b'-' | b']', _)) => return Err(Malformed),
        Some((b'\\', rest)) => rest,
        Some(_) => class,
    };
    let (c, width) = decode(class);
    let rest = class.get(width..).unwrap_or_default();
    if class.is_empty() || (c == REPLACEMENT && width == 1) || rest.is_empty() {
        return Err(Malformed);
    }
    Ok((c, rest))
}

const REPLACEMENT: u32 = 0xfffd;

/// The character at the beginning, and how long it is; bytes that are none are one each.
fn decode(text: &[u8]) -> (u32, usize) {
    let head = text.get(..text.len().min(4)).unwrap_or_default();
    let chunk = head.utf8_chunks().next();
    match chunk.and_then(|chunk| chunk.valid().chars().next()) {
        Some(c) => (u32::from(c), c.len_utf8()),
        None => (REPLACEMENT, 1),
    }
}
