//! Which functions there are, for what types, and what comes out: the declarations of cel-go's
//! standard library and of the extensions in Flux's environment.

use std::borrow::Cow;
use std::sync::LazyLock;

use cel::common::ast::{CallExpr, Expr, IdedExpr};

use crate::types::{self, Type};

/// One overload.
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    /// Whether it is called on its first argument.
    pub(crate) member: bool,
    pub(crate) arguments: Vec<Type>,
    pub(crate) result: Type,
}

/// `name(arguments) result`; a member has the type that it is called on before its name.
const DECLARED: &str = "
_?_:_(bool, A, A) A
_&&_(bool, bool) bool
_||_(bool, bool) bool
!_(bool) bool
@not_strictly_false(bool) bool
_==_(A, A) bool
_!=_(A, A) bool
_+_(bytes, bytes) bytes
_+_(double, double) double
_+_(duration, duration) duration
_+_(duration, timestamp) timestamp
_+_(timestamp, duration) timestamp
_+_(int, int) int
_+_(list<A>, list<A>) list<A>
_+_(string, string) string
_+_(uint, uint) uint
_-_(double, double) double
_-_(duration, duration) duration
_-_(int, int) int
_-_(timestamp, duration) timestamp
_-_(timestamp, timestamp) duration
_-_(uint, uint) uint
_*_(double, double) double
_*_(int, int) int
_*_(uint, uint) uint
_/_(double, double) double
_/_(int, int) int
_/_(uint, uint) uint
_%_(int, int) int
_%_(uint, uint) uint
-_(double) double
-_(int) int
_[_](list<A>, int) A
_[_](map<A, B>, A) B
_[_](optional<list<A>>, int) optional<A>
_[_](optional<map<A, B>>, A) optional<B>
_[?_](list<A>, int) optional<A>
_[?_](optional<list<A>>, int) optional<A>
_[?_](map<A, B>, A) optional<B>
_[?_](optional<map<A, B>>, A) optional<B>
_?._(dyn, string) optional<dyn>
@in(A, list<A>) bool
@in(A, map<A, B>) bool
size(bytes) int
size(list<A>) int
size(map<A, B>) int
size(string) int
bytes.size() int
list<A>.size() int
map<A, B>.size() int
string.size() int
type(A) type
bool(bool) bool
bool(string) bool
bytes(bytes) bytes
bytes(string) bytes
double(double) double
double(int) double
double(string) double
double(uint) double
duration(duration) duration
duration(int) duration
duration(string) duration
dyn(A) dyn
int(int) int
int(double) int
int(duration) int
int(string) int
int(timestamp) int
int(uint) int
string(string) string
string(bool) string
string(bytes) string
string(double) string
string(duration) string
string(int) string
string(timestamp) string
string(uint) string
timestamp(timestamp) timestamp
timestamp(int) timestamp
timestamp(string) timestamp
uint(uint) uint
uint(double) uint
uint(int) uint
uint(string) uint
string.contains(string) bool
string.endsWith(string) bool
string.startsWith(string) bool
matches(string, string) bool
string.matches(string) bool
timestamp.getFullYear() int
timestamp.getFullYear(string) int
timestamp.getMonth() int
timestamp.getMonth(string) int
timestamp.getDayOfYear() int
timestamp.getDayOfYear(string) int
timestamp.getDayOfMonth() int
timestamp.getDayOfMonth(string) int
timestamp.getDate() int
timestamp.getDate(string) int
timestamp.getDayOfWeek() int
timestamp.getDayOfWeek(string) int
timestamp.getHours() int
timestamp.getHours(string) int
duration.getHours() int
timestamp.getMinutes() int
timestamp.getMinutes(string) int
duration.getMinutes() int
timestamp.getSeconds() int
timestamp.getSeconds(string) int
duration.getSeconds() int
timestamp.getMilliseconds() int
timestamp.getMilliseconds(string) int
duration.getMilliseconds() int
optional.of(A) optional<A>
optional.ofNonZeroValue(A) optional<A>
optional.none() optional<A>
optional<A>.value() A
optional<A>.hasValue() bool
optional<A>.or(optional<A>) optional<A>
optional<A>.orValue(A) A
list<A>.first() optional<A>
list<A>.last() optional<A>
optional.unwrap(list<optional<A>>) list<A>
list<optional<A>>.unwrapOpt() list<A>
string.charAt(int) string
string.indexOf(string) int
string.indexOf(string, int) int
string.lastIndexOf(string) int
string.lastIndexOf(string, int) int
string.lowerAscii() string
string.upperAscii() string
string.replace(string, string) string
string.replace(string, string, int) string
string.split(string) list<string>
string.split(string, int) list<string>
string.substring(int) string
string.substring(int, int) string
string.trim() string
string.reverse() string
strings.quote(string) string
list<string>.join() string
list<string>.join(string) string
sets.contains(list<A>, list<A>) bool
sets.equivalent(list<A>, list<A>) bool
sets.intersects(list<A>, list<A>) bool
base64.encode(bytes) string
base64.decode(string) bytes
";

/// Words before a point that are no value but a part of the function's name.
const NAMESPACES: [&str; 4] = ["optional", "strings", "sets", "base64"];

/// Each comparison is declared for the same pairs.
const COMPARISONS: [&str; 4] = ["_<_", "_<=_", "_>_", "_>=_"];

static SIGNATURES: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    let declared = DECLARED.lines().filter_map(signature);
    declared.chain(comparisons()).collect()
});

pub(crate) fn of(name: &str) -> impl Iterator<Item = &'static Signature> {
    SIGNATURES.iter().filter(move |it| it.name == name)
}

/// The function of a call, and what it is called on if that is a value: `sets.contains(a, b)` is
/// called on nothing.
pub(crate) fn function(call: &CallExpr) -> (Cow<'_, str>, Option<&IdedExpr>) {
    let target = call.target.as_deref();
    if let Some(Expr::Ident(word)) = target.map(|it| &it.expr)
        && NAMESPACES.contains(&word.as_str())
    {
        let whole = format!("{word}.{}", call.func_name);
        if of(&whole).next().is_some() {
            return (Cow::Owned(whole), None);
        }
    }
    (Cow::Borrowed(&call.func_name), target)
}

/// The types that have names.
pub(crate) fn type_named(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 13] = [
        "bool",
        "bytes",
        "double",
        "int",
        "list",
        "map",
        "null_type",
        "string",
        "type",
        "uint",
        "optional_type",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
    ];
    NAMES.into_iter().find(|known| *known == name)
}

/// The type that an expression names, such as `google.protobuf.Duration`.
pub(crate) fn type_spelled(node: &IdedExpr) -> Option<&'static str> {
    let Expr::Select(last) = &node.expr else {
        return None;
    };
    let Expr::Select(middle) = &last.operand.expr else {
        return None;
    };
    let Expr::Ident(first) = &middle.operand.expr else {
        return None;
    };
    type_named(&format!("{first}.{}.{}", middle.field, last.field))
}

fn comparisons() -> impl Iterator<Item = Signature> {
    const NUMBERS: [Type; 3] = [Type::Int, Type::Uint, Type::Double];
    const ALONE: [Type; 5] = [
        Type::Bool,
        Type::String,
        Type::Bytes,
        Type::Timestamp,
        Type::Duration,
    ];
    COMPARISONS.into_iter().flat_map(|name| {
        let crossed = NUMBERS
            .into_iter()
            .flat_map(|a| NUMBERS.map(|b| (a.clone(), b)));
        let alone = ALONE.into_iter().map(|own| (own.clone(), own));
        crossed.chain(alone).map(move |(a, b)| Signature {
            name,
            member: false,
            arguments: vec![a, b],
            result: Type::Bool,
        })
    })
}

fn signature(line: &'static str) -> Option<Signature> {
    let (head, result) = line.rsplit_once(") ")?;
    let (name, arguments) = head.split_once('(')?;
    let (target, name) = match name.rsplit_once('.') {
        Some((word, _)) if NAMESPACES.contains(&word) => (None, name),
        Some((target, name)) if !name.starts_with('_') => (Some(types::read(target)?), name),
        _ => (None, name),
    };
    let arguments = types::list(arguments).into_iter();
    Some(Signature {
        name,
        member: target.is_some(),
        arguments: target.into_iter().chain(arguments).collect(),
        result: types::read(result)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_is_read() {
        let lines = DECLARED.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(SIGNATURES.len(), lines + 4 * 14);
        let orders = of("orValue")
            .next()
            .map(|it| (it.member, it.arguments.len()));
        assert_eq!(orders, Some((true, 2)));
        let select = of("_?._").next().map(|it| (it.member, it.arguments.len()));
        assert_eq!(select, Some((false, 2)));
        assert_eq!(of("sets.contains").next().map(|it| it.member), Some(false));
    }
}
