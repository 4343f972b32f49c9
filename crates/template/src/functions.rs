//! Every function that a template can call, by the chapters of sprig's documentation.

mod arguments;
mod builtin;
mod cast;
mod compare;
mod crypto;
mod dates;
mod defaults;
mod dicts;
mod encoding;
mod escape;
mod flow;
mod json;
mod lists;
mod math;
mod methods;
mod paths;
mod random;
mod regexes;
mod sequences;
mod strings;
mod types;
mod urls;
mod versions;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

pub(crate) use arguments::Arguments;
pub(crate) use methods::{find as method, is_refused as is_refused_method};

use crate::error::Outcome;
use crate::host::Host;
use crate::value::Value;

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// `interface {}`
    Any,
    /// `reflect.Value`: anything, as Go's own functions take it.
    Reflect,
    Bool,
    Int,
    Uint32,
    Float,
    Text,
    Map,
    List,
    Time,
    Duration,
    Version,
    Certificate,
}

impl Type {
    /// Go's name of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint32 => "uint32",
            Self::Float => "float64",
            Self::Text => "string",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
            Self::Version => "*semver.Version",
            Self::Certificate => "sprig.certificate",
        }
    }
}

/// What a function does with arguments of the types that it asks for.
type Body = for<'h> fn(&Host<'h>, &Arguments<'_>) -> Outcome<Value>;

/// A function.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Type],
    /// Type of any number of further parameters.
    pub(crate) rest: Option<Type>,
    pub(crate) body: Body,
}

impl Function {
    const fn new(name: &'static str, parameters: &'static [Type], body: Body) -> Self {
        Self {
            name,
            parameters,
            rest: None,
            body,
        }
    }

    /// The same, with any number of further parameters.
    const fn and(mut self, rest: Type) -> Self {
        self.rest = Some(rest);
        self
    }
}

impl fmt::Display for Function {
    /// `name string int ...interface {}`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for parameter in self.parameters {
            write!(f, " {}", parameter.name())?;
        }
        match self.rest {
            Some(rest) => write!(f, " ...{}", rest.name()),
            None => Ok(()),
        }
    }
}

/// All functions, in chapters.
const CHAPTERS: [(&str, &[&[Function]]); 14] = [
    ("Go's own", &[builtin::ALL, compare::ALL, escape::ALL]),
    ("Strings", &[strings::ALL, words::ALL]),
    ("Numbers", &[math::ALL, sequences::ALL]),
    ("Lists", &[lists::ALL]),
    ("Dictionaries", &[dicts::ALL]),
    ("Defaults and JSON", &[defaults::ALL, json::ALL]),
    ("Types", &[types::ALL]),
    ("Dates", &[dates::ALL]),
    ("Encoding", &[encoding::ALL]),
    ("Regular expressions", &[regexes::ALL]),
    ("Cryptography and randomness", &[crypto::ALL, random::ALL]),
    ("Versions", &[versions::ALL]),
    ("Paths and URLs", &[paths::ALL, urls::ALL]),
    ("Flow", &[flow::ALL]),
];

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    static ALL: LazyLock<BTreeMap<&str, &Function>> = LazyLock::new(|| {
        let all = CHAPTERS.iter().flat_map(|(_, parts)| parts.iter());
        let all = all.flat_map(|part| part.iter());
        all.map(|function| (function.name, function)).collect()
    });
    ALL.get(name).copied()
}

/// Every function in order: its chapter, its name, and its name with the types of its parameters.
pub fn functions() -> impl Iterator<Item = (&'static str, &'static str, String)> {
    CHAPTERS.iter().flat_map(|(chapter, parts)| {
        let mut all: Vec<_> = parts.iter().flat_map(|part| part.iter()).collect();
        all.sort_by_key(|function| function.name);
        all.into_iter()
            .map(|function| (*chapter, function.name, function.to_string()))
    })
}
