//! Types as the checker knows them, and which may stand for which.

use std::collections::BTreeMap;

/// What is known of a value before there is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    /// Nothing, and it may be anything.
    Dyn,
    /// Nothing yet: what an empty list holds is told by what it is used for.
    Open,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Null,
    Timestamp,
    Duration,
    /// A type.
    Kind,
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Optional(Box<Type>),
    /// Any one type, the same wherever the letter stands in a signature.
    Any(char),
}

/// What the letters of a signature stand for.
pub(crate) type Letters = BTreeMap<char, Type>;

impl Type {
    /// Its name in a message.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Dyn | Self::Open => "dyn".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Uint => "uint".to_owned(),
            Self::Double => "double".to_owned(),
            Self::String => "string".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Kind => "type".to_owned(),
            Self::List(item) => format!("list({})", item.name()),
            Self::Map(key, value) => format!("map({}, {})", key.name(), value.name()),
            Self::Optional(inner) => format!("optional({})", inner.name()),
            Self::Any(letter) => letter.to_string(),
        }
    }

    pub(crate) fn list_of(item: Type) -> Self {
        Self::List(Box::new(item))
    }

    pub(crate) fn optional_of(inner: Type) -> Self {
        Self::Optional(Box::new(inner))
    }

    /// Whether a value of this type may stand where `wanted` is asked for; learns letters.
    pub(crate) fn fits(&self, wanted: &Type, letters: &mut Letters) -> bool {
        if let Self::Any(letter) = wanted {
            return self.fits_letter(*letter, letters);
        }
        match (self, wanted) {
            // Nothing is learnt from a value of which nothing is known.
            (Self::Dyn | Self::Open, _) | (_, Self::Dyn | Self::Open) => true,
            // What may be missing in a message may be null.
            (Self::Null, Self::Timestamp | Self::Duration | Self::Optional(_)) => true,
            (Self::List(a), Self::List(b)) | (Self::Optional(a), Self::Optional(b)) => {
                a.fits(b, letters)
            }
            (Self::Map(a, b), Self::Map(c, d)) => a.fits(c, letters) && b.fits(d, letters),
            (a, b) => a == b,
        }
    }

    /// Whether two types are the same, as far as both are known yet.
    pub(crate) fn is_alike(&self, other: &Type) -> bool {
        match (self, other) {
            (Self::Open, _) | (_, Self::Open) => true,
            (Self::List(a), Self::List(b)) | (Self::Optional(a), Self::Optional(b)) => {
                a.is_alike(b)
            }
            (Self::Map(a, b), Self::Map(c, d)) => a.is_alike(c) && b.is_alike(d),
            (a, b) => a == b,
        }
    }

    /// Whether a part of it is open.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::Open => true,
            Self::List(inner) | Self::Optional(inner) => inner.is_open(),
            Self::Map(key, value) => key.is_open() || value.is_open(),
            _ => false,
        }
    }

    fn fits_letter(&self, letter: char, letters: &mut Letters) -> bool {
        let Some(bound) = letters.get(&letter).cloned() else {
            letters.insert(letter, self.clone());
            return true;
        };
        if !self.fits(&bound, &mut Letters::new()) && !bound.fits(self, &mut Letters::new()) {
            return false;
        }
        letters.insert(letter, general(&bound, self));
        true
    }

    /// The type with its letters read.
    pub(crate) fn with(&self, letters: &Letters) -> Type {
        match self {
            Self::Any(letter) => letters.get(letter).cloned().unwrap_or(Self::Open),
            Self::List(item) => Self::list_of(item.with(letters)),
            Self::Optional(inner) => Self::optional_of(inner.with(letters)),
            Self::Map(key, value) => {
                Self::Map(Box::new(key.with(letters)), Box::new(value.with(letters)))
            }
            other => other.clone(),
        }
    }
}

/// Of two types that fit each other, the one that says less.
pub(crate) fn general(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (Type::Open, other) | (other, Type::Open) => other.clone(),
        (Type::Dyn, _) | (_, Type::Dyn) => Type::Dyn,
        (Type::List(a), Type::List(b)) => Type::list_of(general(a, b)),
        (Type::Optional(a), Type::Optional(b)) => Type::optional_of(general(a, b)),
        (Type::Map(a, b), Type::Map(c, d)) => {
            Type::Map(Box::new(general(a, c)), Box::new(general(b, d)))
        }
        (Type::Null, other) => other.clone(),
        (own, _) => own.clone(),
    }
}

/// Reads a type as the signatures write it.
pub(crate) fn read(text: &str) -> Option<Type> {
    Some(match text {
        "dyn" => Type::Dyn,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        "type" => Type::Kind,
        "A" => Type::Any('A'),
        "B" => Type::Any('B'),
        other => {
            let (outer, inner) = other.strip_suffix('>')?.split_once('<')?;
            match (outer, list(inner).as_slice()) {
                ("list", [item]) => Type::list_of(item.clone()),
                ("optional", [item]) => Type::optional_of(item.clone()),
                ("map", [key, value]) => Type::Map(Box::new(key.clone()), Box::new(value.clone())),
                _ => return None,
            }
        }
    })
}

/// Reads types between commas.
pub(crate) fn list(text: &str) -> Vec<Type> {
    let mut depth = 0;
    let parts = text.split(|c| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        c == ',' && depth == 0
    });
    parts.filter_map(|part| read(part.trim())).collect()
}
