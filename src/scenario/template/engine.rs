//! The template library, set up: only with those filters, tests and functions whose results can be held to the budget.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
};

use jiff::{SignedDuration, Timestamp};
use minijinja::{
    Environment, Error, ErrorKind, Expression, State, UndefinedBehavior, Value, filters, tests,
    value::{Kwargs, Rest, ValueKind, ValueOrKwargs},
};

use super::{
    context::{Root, WorldOf},
    values::{Moment, explain},
    write::Out,
};
use crate::{diagnostic::shortened, scenario::parse_duration, world::World};

/// A compiled expression.
pub(super) type Compiled = Expression<'static, 'static>;

/// A filter of the library: its name, and what makes it.
type Builtin = (&'static str, fn() -> Value);

/// Filters of the library.
static FILTERS: [Builtin; 26] = [
    ("abs", || Value::from_function(filters::abs)),
    ("bool", || Value::from_function(filters::bool)),
    ("default", || Value::from_function(filters::default)),
    ("dictsort", || Value::from_function(filters::dictsort)),
    ("first", || Value::from_function(filters::first)),
    ("float", || Value::from_function(filters::float)),
    ("int", || Value::from_function(filters::int)),
    ("items", || Value::from_function(filters::items)),
    ("last", || Value::from_function(filters::last)),
    ("length", || Value::from_function(filters::length)),
    ("list", || Value::from_function(filters::list)),
    ("lower", || Value::from_function(filters::lower)),
    ("map", || Value::from_function(filters::map)),
    ("max", || Value::from_function(filters::max)),
    ("min", || Value::from_function(filters::min)),
    ("reject", || Value::from_function(filters::reject)),
    ("rejectattr", || Value::from_function(filters::rejectattr)),
    ("reverse", || Value::from_function(filters::reverse)),
    ("round", || Value::from_function(filters::round)),
    ("select", || Value::from_function(filters::select)),
    ("selectattr", || Value::from_function(filters::selectattr)),
    ("sort", || Value::from_function(filters::sort)),
    ("split", || Value::from_function(filters::split)),
    ("string", || Value::from_function(filters::string)),
    ("unique", || Value::from_function(filters::unique)),
    ("upper", || Value::from_function(filters::upper)),
];
/// Filters of our own.
const OWN_FILTERS: [&str; 8] = ["http_date", "join", "minus", "plus", "replace", "times", "tojson", "trim"];
/// What stands behind an `is`.
pub(super) const TESTS: [&str; 16] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "false",
    "in",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
];
/// What is called.
pub(super) const FUNCTIONS: [&str; 5] = ["container_id", "file_id", "message", "random_digits", "random_hex"];
/// Characters of one random text.
const RANDOM_LIMIT: usize = 1000;
/// What is at a path where a template is only tried out.
const SAMPLE_ID: &str = "FsrVvNbZTqQwXcYdAeRtUiOpLkJhGfDsA";

/// What stands behind a `|`.
pub(super) fn filter_names() -> Vec<&'static str> {
    let mut names: Vec<_> = FILTERS.iter().map(|(name, _)| *name).chain(OWN_FILTERS).collect();
    names.sort_unstable();
    names
}

/// Compiled expressions point into it, so it lives as long as the program. It holds no templates.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    // What was not sent is nothing, and so are its members.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    for (name, filter) in &FILTERS {
        let filter = filter();
        environment.add_filter(
            *name,
            move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| -> Result<Value, Error> {
                let (root, arguments) = (root(state)?, arguments.into_values());
                if let [value, given @ ..] = arguments.as_slice() {
                    root.meter.given(value, given)?;
                }
                let made = filter.call(state, &arguments)?;
                root.meter.made(&made)?;
                Ok(made)
            },
        );
    }
    environment.add_filter("http_date", http_date);
    environment.add_filter("join", join);
    environment.add_filter("minus", |time: &Value, text: Option<&str>, parts: Kwargs| shift(time, text, &parts, -1));
    environment.add_filter("plus", |time: &Value, text: Option<&str>, parts: Kwargs| shift(time, text, &parts, 1));
    environment.add_filter("replace", replace);
    environment.add_filter("times", times);
    environment.add_filter("tojson", to_json);
    environment.add_filter("trim", trim);
    environment.add_test("boolean", tests::is_boolean);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("divisibleby", is_divisible);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("eq", tests::is_eq);
    environment.add_test("even", tests::is_even);
    environment.add_test("false", tests::is_false);
    environment.add_test("in", tests::is_in);
    environment.add_test("mapping", tests::is_mapping);
    environment.add_test("none", tests::is_none);
    environment.add_test("number", tests::is_number);
    environment.add_test("odd", tests::is_odd);
    environment.add_test("sequence", tests::is_sequence);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("string", tests::is_string);
    environment.add_test("true", tests::is_true);
    environment
        .add_function("container_id", |state: &State<'_, '_>, path: &str| place(state, path, World::container_id_at));
    environment.add_function("file_id", |state: &State<'_, '_>, path: &str| place(state, path, World::id_at));
    environment.add_function("message", message);
    environment.add_function("random_digits", |state: &State<'_, '_>, length: usize| random(state, length, 10));
    environment.add_function("random_hex", |state: &State<'_, '_>, length: usize| random(state, length, 16));
    environment
});

/// Lets the library work. A mistake of the library in one expression is that expression's failure, and must not end `check` or a call.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| explain(&error)),
        Err(_) => Err("the template library failed; please report the expression".to_owned()),
    }
}

/// Compiles an expression.
pub(super) fn compile(expression: &str) -> Result<Compiled, String> {
    guarded(|| ENVIRONMENT.compile_expression_owned(expression.to_owned()))
}

fn failed(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn root(state: &State<'_, '_>) -> Result<Arc<Root>, Error> {
    Root::of(state).ok_or_else(|| failed("the template is rendered without a context"))
}

fn join(state: &State<'_, '_>, list: &Value, separator: Option<&str>) -> Result<String, Error> {
    let root = root(state)?;
    let separator = separator.unwrap_or_default();
    let mut joined = String::new();
    for (index, item) in list.try_iter()?.checked().enumerate() {
        let item = item?;
        let separator = if index == 0 { "" } else { separator };
        root.meter.charge(separator.len() + item.as_str().map_or(0, str::len))?;
        joined.push_str(separator);
        match item.as_str() {
            Some(text) => joined.push_str(text),
            None => joined.push_str(&to_text(&item)?),
        }
    }
    Ok(joined)
}

fn replace(state: &State<'_, '_>, text: &str, from: &str, to: &str) -> Result<String, Error> {
    let meter = &root(state)?.meter;
    meter.charge(text.len() + from.len())?;
    meter.charge(text.matches(from).count().saturating_mul(to.len()))?;
    Ok(text.replace(from, to))
}

/// Every character at the ends is looked for among those that are taken away.
fn trim(state: &State<'_, '_>, text: &Value, characters: Option<Cow<'_, str>>) -> Result<String, Error> {
    let text = text.as_str().map_or_else(|| Cow::Owned(text.to_string()), Cow::Borrowed);
    let looks = characters.as_ref().map_or(1, |characters| characters.len().max(1));
    root(state)?.meter.charge(text.len().saturating_mul(looks))?;
    let trimmed = match characters {
        Some(characters) => text.trim_matches(|character| characters.contains(character)),
        None => text.trim(),
    };
    Ok(trimmed.to_owned())
}

fn times(left: &Value, right: &Value) -> Result<Value, Error> {
    let number = |value: &Value| value.kind() == ValueKind::Number;
    if !number(left) || !number(right) {
        return Err(failed(format!("`times` takes two numbers, and not {} and {}", left.kind(), right.kind())));
    }
    if let (Ok(left), Ok(right)) = (i64::try_from(left.clone()), i64::try_from(right.clone())) {
        return left.checked_mul(right).map(Value::from).ok_or_else(|| failed("the product is too large"));
    }
    let (left, right) = (f64::try_from(left.clone())?, f64::try_from(right.clone())?);
    Ok(Value::from(left * right))
}

/// The library's own test divides, and so panics for 0. Nothing is divisible by that.
fn is_divisible(value: &Value, by: &Value) -> bool {
    match (i128::try_from(value.clone()), i128::try_from(by.clone())) {
        (Ok(value), Ok(by)) => by != 0 && value.wrapping_rem(by) == 0,
        _ => tests::is_divisibleby(value, by),
    }
}

fn to_json(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    let mut out = Out::default();
    out.json(value, 0).map_err(failed)?;
    root(state)?.meter.charge(out.bytes.len())?;
    String::from_utf8(out.bytes).map_err(|_| failed("the value is no text"))
}

fn to_text(value: &Value) -> Result<String, Error> {
    let mut out = Out::default();
    out.text(value).map_err(failed)?;
    String::from_utf8(out.bytes).map_err(|_| failed("the value is no text"))
}

/// A time moved by a duration such as `20m`, or by `days`, `hours`, `minutes` and `seconds`.
fn shift(time: &Value, text: Option<&str>, parts: &Kwargs, sign: i64) -> Result<Value, Error> {
    let Some(Moment(moment)) = time.downcast_object_ref::<Moment>() else {
        return Err(failed(format!("only a time such as `now` can be moved, and not {}", time.kind())));
    };
    let mut seconds = 0_i64;
    for (name, length) in [("days", 24 * 3600), ("hours", 3600), ("minutes", 60), ("seconds", 1)] {
        let count: Option<i64> = parts.get(name)?;
        let part = count.unwrap_or(0).checked_mul(length).and_then(|part| seconds.checked_add(part));
        seconds = part.ok_or_else(|| failed(format!("`{name}` is too large")))?;
    }
    parts.assert_all_used()?;
    let mut amount = SignedDuration::from_secs(seconds);
    if let Some(text) = text {
        let duration = parse_duration(text).map_err(|expected| failed(format!("expected {expected}, or `days=30`")))?;
        let duration = SignedDuration::try_from(duration).ok().and_then(|duration| amount.checked_add(duration));
        amount = duration.ok_or_else(|| failed("the duration is too large"))?;
    }
    let moved = if sign < 0 { moment.checked_sub(amount) } else { moment.checked_add(amount) };
    let moved: Timestamp = moved.map_err(|_| failed("the time is out of range"))?;
    Ok(Value::from_object(Moment(moved)))
}

/// A time as HTTP headers have it. A time that was kept in a state is a text.
fn http_date(time: &Value) -> Result<String, Error> {
    let moment = match time.downcast_object_ref::<Moment>() {
        Some(Moment(moment)) => Some(*moment),
        None => time.as_str().filter(|text| text.len() <= 64).and_then(|text| text.parse::<Timestamp>().ok()),
    };
    let moment =
        moment.ok_or_else(|| failed(format!("`http_date` takes a time such as `now`, and not {}", time.kind())))?;
    Ok(moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn message(state: &State<'_, '_>, code: &Value) -> Result<String, Error> {
    let code = to_text(code)?;
    let root = root(state)?;
    let message =
        root.message(&code).ok_or_else(|| failed(format!("the catalogue has no error `{}`", shortened(&code, 40))))?;
    root.meter.charge(message.len())?;
    Ok(message.to_owned())
}

/// What is at a path of the world.
fn place(
    state: &State<'_, '_>,
    path: &str,
    find: fn(&World, &str) -> Result<Arc<str>, String>,
) -> Result<String, Error> {
    let root = root(state)?;
    root.meter.charge(path.len())?;
    match root.world() {
        Some(WorldOf::Session(world)) => find(world, path).map(|id| id.to_string()).map_err(failed),
        Some(WorldOf::Sample) => Ok(SAMPLE_ID.to_owned()),
        None => Err(failed("there is no world: the stand-in was started without `--world`")),
    }
}

fn random(state: &State<'_, '_>, length: usize, base: u64) -> Result<String, Error> {
    if length > RANDOM_LIMIT {
        return Err(failed(format!("a random text has at most {RANDOM_LIMIT} characters")));
    }
    let root = root(state)?;
    root.meter.charge(length)?;
    let digits = root.random().take(length).enumerate().map(|(index, random)| {
        // A decimal number does not begin with 0.
        let digit = if index == 0 && base == 10 { 1 + random % 9 } else { random % base };
        u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 16)).unwrap_or('0')
    });
    Ok(digits.collect())
}

#[cfg(test)]
mod guard_tests {
    use super::guarded;

    #[test]
    fn a_panic_of_the_library_is_a_failure_of_the_expression() {
        let failure = guarded::<()>(|| panic!("on purpose")).unwrap_err();
        assert!(failure.contains("please report"), "{failure}");
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
