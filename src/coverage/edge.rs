//! The edges of a row: the values at which a client's suite shows that it knows a constraint.

use std::fmt;

use serde_json::{Number, Value};

use crate::contract::json::Json;

/// An edge and the row that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The row, as a pointer into the request; `*` stands for each item of a list.
    pub at: String,
    /// What reaches it.
    pub limit: Limit,
}

/// What a value must be to reach an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// The lowest number.
    Minimum(Number),
    /// The highest number.
    Maximum(Number),
    /// The shortest text, in characters.
    MinLength(u64),
    /// The longest text, in characters.
    MaxLength(u64),
    /// The shortest list.
    MinItems(u64),
    /// The longest list.
    MaxItems(u64),
    /// A value of an enumeration.
    Value(Value),
    /// An optional member that is there.
    Given,
    /// An optional member that is not there.
    LeftOut,
}

impl Limit {
    /// Whether a value reaches the edge.
    pub(super) fn is_reached(&self, value: &Json<'_>) -> bool {
        let characters = |text: &str, count: u64| {
            // A text of that many characters has at least as many bytes, and at most four times as many.
            let bytes = text.len() as u64;
            bytes >= count && bytes / 4 <= count && text.chars().count() as u64 == count
        };
        match (self, value) {
            (Self::Minimum(edge) | Self::Maximum(edge), Json::Number(number)) => equal(edge, number),
            (Self::MinLength(edge) | Self::MaxLength(edge), Json::Text(text)) => characters(text, *edge),
            (Self::MinItems(edge) | Self::MaxItems(edge), Json::Array(items)) => items.len() as u64 == *edge,
            (Self::Value(Value::Number(edge)), Json::Number(number)) => equal(edge, number),
            (Self::Value(Value::String(edge)), Json::Text(text)) => edge == text,
            (Self::Value(Value::Bool(edge)), Json::Boolean(value)) => edge == value,
            (Self::Value(Value::Null), Json::Null) => true,
            _ => false,
        }
    }
}

/// `1` and `1.0` are one number.
fn equal(one: &Number, other: &Number) -> bool {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one == other,
        _ => one.as_f64() == other.as_f64(),
    }
}

/// `minimum 1`, `value 2`, `left out`.
impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minimum(number) => write!(formatter, "minimum {number}"),
            Self::Maximum(number) => write!(formatter, "maximum {number}"),
            Self::MinLength(count) => write!(formatter, "at least {count} characters"),
            Self::MaxLength(count) => write!(formatter, "at most {count} characters"),
            Self::MinItems(count) => write!(formatter, "at least {count} items"),
            Self::MaxItems(count) => write!(formatter, "at most {count} items"),
            Self::Value(value) => write!(formatter, "value {value}"),
            Self::Given => formatter.write_str("given"),
            Self::LeftOut => formatter.write_str("left out"),
        }
    }
}

/// `/body/validDays: maximum 365`.
impl fmt::Display for Edge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.at, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_reaches_the_edge_that_it_is_and_no_other() {
        let number = |value: i64| Number::from(value);
        for (limit, reached, missed) in [
            (Limit::Minimum(number(1)), json!(1), json!(2)),
            (Limit::Maximum(number(365)), json!(365.0), json!("365")),
            (Limit::MinLength(2), json!("空间"), json!("abc")),
            (Limit::MaxLength(3), json!("abc"), json!("空")),
            (Limit::MinItems(0), json!([]), json!([1])),
            (Limit::MaxItems(2), json!([1, 2]), json!("ab")),
            (Limit::Value(json!("a")), json!("a"), json!("b")),
            (Limit::Value(json!(2)), json!(2), json!(true)),
            (Limit::Value(json!(true)), json!(true), json!(false)),
        ] {
            assert!(limit.is_reached(&Json::from(&reached)), "{limit}");
            assert!(!limit.is_reached(&Json::from(&missed)), "{limit}");
        }
    }
}
