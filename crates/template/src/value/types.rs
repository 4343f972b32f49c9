//! How Go names types and kinds.

use super::Value;

impl Value {
    /// `fmt.Sprintf("%T", value)`
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil | Self::NilInterface => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Uint8(_) => "uint8",
            Self::Uint64(_) => "uint64",
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Strings(_) => "[]string",
            Self::Ints(_) => "[]int",
            Self::Chunks(_) => "[][]interface {}",
            Self::Map(_) => "map[string]interface {}",
            Self::StringMap(_) => "map[string]string",
            Self::Time(_) => "time.Time",
            Self::Duration(_) => "time.Duration",
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
            Self::Version(_) => "*semver.Version",
            Self::PlainVersion(_) => "semver.Version",
            Self::Certificate(_) => "sprig.certificate",
        }
    }

    /// The type where a place of type `interface {}` is looked at, and not what is in it.
    pub(crate) fn static_type(&self) -> &'static str {
        match self {
            Self::NilInterface => "interface {}",
            other => other.type_name(),
        }
    }

    /// `reflect.ValueOf(value).Kind().String()`
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Nil | Self::NilInterface => "invalid",
            Self::List(_) | Self::Strings(_) | Self::Ints(_) | Self::Chunks(_) => "slice",
            Self::Map(_) | Self::StringMap(_) => "map",
            Self::Time(_) | Self::PlainVersion(_) | Self::Certificate(_) => "struct",
            Self::Duration(_) => "int64",
            Self::Month(_) | Self::Weekday(_) => "int",
            Self::Version(_) => "ptr",
            other => other.type_name(),
        }
    }
}
