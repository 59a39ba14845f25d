//! What a call and the states are inside a template: trees that charge for every look at them.
//!
//! A template can look at a value many times, and put what it sees together to something large. So looking costs, and the costs of
//! all templates of one answer are limited. That bounds their time and their memory.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use minijinja::{
    Error, ErrorKind, Value,
    value::{Enumerator, Object, ObjectExt as _, ObjectRepr, ValueKind},
};

use super::needs::{self, Needs};
use crate::contract::json::Json;

/// What the templates of one answer may cost, in bytes that are looked at or made.
pub(super) const BUDGET: usize = 4 << 20;
/// What a look costs beside the bytes of a text.
pub(super) const LOOK: usize = 16;
/// Levels of a value, as in a request.
pub(super) const DEPTH: usize = 128;

/// What the templates of one answer have cost so far.
#[derive(Debug, Default)]
pub(super) struct Meter(AtomicUsize);

impl Meter {
    /// Takes bytes off the budget.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), Error> {
        let used = self.0.load(Ordering::Relaxed).saturating_add(bytes);
        self.0.store(used, Ordering::Relaxed);
        if used > BUDGET { Err(too_much()) } else { Ok(()) }
    }

    /// A value that somebody looks at. What is over the budget is an error wherever it is used.
    pub(super) fn look(&self, value: &Value) -> Value {
        match self.charge(LOOK + value.as_str().map_or(0, str::len)) {
            Ok(()) => value.clone(),
            Err(error) => error.into(),
        }
    }

    /// Charges for a value that was made.
    pub(super) fn made(&self, value: &Value) -> Result<(), Error> {
        self.charge_for(value, 1, 0)
    }

    /// Charges for what a filter is given beside its value: where that is a list, each of its items may be compared with all of it.
    pub(super) fn given(&self, value: &Value, given: &[Value]) -> Result<(), Error> {
        if given.is_empty() {
            return Ok(());
        }
        let items = match value.kind() {
            ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => match value.len() {
                Some(items) => items,
                None => value.try_iter()?.count(),
            },
            _ => 1,
        };
        given.iter().try_for_each(|given| self.charge_for(given, items, 0))
    }

    fn charge_for(&self, value: &Value, times: usize, depth: usize) -> Result<(), Error> {
        self.charge((LOOK + value.as_str().map_or(0, str::len)).saturating_mul(times))?;
        let collection = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map);
        // A tree of our own charges when it is looked at.
        if !collection
            || value.downcast_object_ref::<Items>().is_some()
            || value.downcast_object_ref::<Members>().is_some()
        {
            return Ok(());
        }
        if depth > DEPTH {
            return Err(too_much());
        }
        for item in value.try_iter()?.checked() {
            let item = item?;
            if value.kind() == ValueKind::Map {
                self.charge_for(&value.get_item(&item)?, times, depth + 1)?;
            }
            self.charge_for(&item, times, depth + 1)?;
        }
        Ok(())
    }

    /// What was charged so far.
    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) fn too_much() -> Error {
    let message =
        format!("the templates of an answer may look at and make at most {BUDGET} bytes, and these want more");
    Error::new(ErrorKind::InvalidOperation, message)
}

/// An object.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) members: Vec<(Value, Value)>,
    pub(super) meter: Arc<Meter>,
}

impl Object for Members {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if let Err(error) = self.meter.charge(self.members.len()) {
            return Some(error.into());
        }
        let (_, value) = self.members.iter().find(|(name, _)| name.as_str() == Some(key))?;
        Some(self.meter.look(value))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_key_value_enumerator(|this| {
            Box::new(this.members.iter().map(|(name, value)| (this.meter.look(name), this.meter.look(value))))
        })
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.members.len())
    }
}

/// An array.
#[derive(Debug)]
pub(super) struct Items {
    items: Vec<Value>,
    meter: Arc<Meter>,
}

impl Object for Items {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.items.get(key.as_usize()?).map(|item| self.meter.look(item))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }
}

/// A value of the call for a template: as much of it as the template needs.
pub(super) fn of_json(json: &Json<'_>, needs: &Needs, meter: &Arc<Meter>) -> Value {
    // Over the budget nothing is built any more; the first look at it is the error.
    if let Err(error) = meter.charge(LOOK + json.as_str().map_or(0, str::len)) {
        return error.into();
    }
    match json {
        Json::Null => Value::from(()),
        Json::Boolean(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::from(number),
            (None, Some(number)) => Value::from(number),
            (None, None) => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::Text(text) => Value::from(text.as_ref()),
        Json::Array(items) => {
            let items = items.iter().map(|item| of_json(item, &needs::ALL, meter)).collect();
            Value::from_object(Items { items, meter: Arc::clone(meter) })
        }
        Json::Object(members) => {
            let wanted = members.iter().filter_map(|(name, value)| {
                let needs = needs.of(name)?;
                Some((Value::from(name.as_ref()), of_json(value, needs, meter)))
            });
            Value::from_object(Members { members: wanted.collect(), meter: Arc::clone(meter) })
        }
    }
}

/// A value that an expression made, as a tree that charges: a name can be used over and over.
pub(super) fn metered(value: Value, meter: &Arc<Meter>, depth: usize) -> Result<Value, Error> {
    meter.charge(LOOK)?;
    if depth > DEPTH {
        return Err(too_much());
    }
    if value.downcast_object_ref::<Items>().is_some() || value.downcast_object_ref::<Members>().is_some() {
        return Ok(value);
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.checked().map(|item| metered(item?, meter, depth + 1));
            Ok(Value::from_object(Items { items: items.collect::<Result<_, _>>()?, meter: Arc::clone(meter) }))
        }
        ValueKind::Map => {
            let names = value.try_iter()?.checked();
            let members = names.map(|name| {
                let name = name?;
                let member = metered(value.get_item(&name)?, meter, depth + 1)?;
                Ok::<_, Error>((name, member))
            });
            Ok(Value::from_object(Members { members: members.collect::<Result<_, _>>()?, meter: Arc::clone(meter) }))
        }
        _ => Ok(value),
    }
}

/// `now`: it prints as the vendor's answers show times, and has other forms as members.
#[derive(Debug)]
pub(super) struct Moment(pub(super) Timestamp);

/// Members of `now` that are texts, as `strftime` makes them.
const SHAPES: [(&str, &str); 3] =
    [("utc", "%Y-%m-%dT%H:%M:%SZ"), ("basic", "%Y%m%dT%H%M%SZ"), ("compact", "%Y%m%d%H%M%S")];
/// All members of `now`.
pub(super) const MOMENT: [&str; 5] = ["utc", "basic", "compact", "unix", "millis"];

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "unix" => Some(Value::from(self.0.as_second())),
            "millis" => Some(Value::from(self.0.as_millisecond())),
            name => {
                let (_, shape) = SHAPES.iter().find(|(known, _)| *known == name)?;
                Some(Value::from(self.0.strftime(shape).to_string()))
            }
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.3}", self.0)
    }
}

/// The library's sentence without its place, which is a place in an expression.
pub(super) fn explain(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_filter_is_given_costs_as_much_as_going_through_it_for_each_item() {
        let [one, text] = [Value::from(7), Value::from("x".repeat(100))];
        let many = Value::from(vec![1; 50]);
        for (value, given, cost) in [
            (&one, vec![], 0),
            (&many, vec![], 0),
            (&one, vec![text.clone()], LOOK + 100),
            (&many, vec![text.clone()], 50 * (LOOK + 100)),
            (&many, vec![Value::from("in"), many.clone()], 50 * (LOOK + 2) + 50 * 51 * LOOK),
        ] {
            let meter = Meter::default();
            meter.given(value, &given).unwrap();
            assert_eq!(meter.used(), cost, "{given:?}");
        }
    }
}
