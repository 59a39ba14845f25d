//! `paths`: operations by path and method.

use http::Method;
use serde_json::{Map, Value};

use crate::contract::Operation;

/// All paths. Two templates that differ in the names of their parameters alone are one path in OpenAPI, whose names are those of the first.
#[derive(Default)]
pub(super) struct Paths {
    /// A template as it is written, by its form without names.
    written: Map<String, Value>,
    items: Map<String, Value>,
}

impl Paths {
    /// Adds an operation under a method that it answers.
    pub(super) fn add(&mut self, operation: &Operation, method: &Method, mut written: Value) {
        let path = without_last_slash(&operation.path);
        if path != operation.path
            && let Some(written) = written.as_object_mut()
        {
            written.insert("x-documented-path".to_owned(), operation.path.as_str().into());
        }
        let form: Vec<&str> = segments(path).map(|part| name_of(part).map_or(part, |_| "{}")).collect();
        let template = self.written.entry(form.join("/")).or_insert_with(|| path.into());
        let template = template.as_str().unwrap_or_default().to_owned();
        rename(&mut written, path, &template);
        let item = self.items.entry(template).or_insert_with(|| Map::new().into());
        if let Some(item) = item.as_object_mut() {
            item.insert(method.as_str().to_ascii_lowercase(), written);
        }
    }

    pub(super) fn into_value(self) -> Value {
        self.items.into()
    }
}

/// A slash at the end is optional for callers, and not every tool takes it.
fn without_last_slash(path: &str) -> &str {
    path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path)
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
}

fn name_of(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Gives path parameters the names of the template under which their operation stands. The documented name is kept beside it.
fn rename(operation: &mut Value, documented: &str, template: &str) {
    let names = segments(documented).zip(segments(template)).filter(|(own, written)| own != written);
    for (own, written) in names.filter_map(|(own, written)| Some((name_of(own)?, name_of(written)?))) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
        for parameter in parameters.filter(|parameter| parameter["in"] == "path") {
            if parameter["name"] == own && parameter.get("x-documented-name").is_none() {
                parameter["name"] = written.into();
                parameter["x-documented-name"] = own.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn path_parameters_take_the_names_of_the_first_template() {
        let mut operation = json!({ "parameters": [
            { "name": "a", "in": "path" }, { "name": "b", "in": "path" }, { "name": "a", "in": "query" }
        ] });
        rename(&mut operation, "/x/{a}/{b}", "/x/{b}/{a}");
        assert_eq!(
            operation["parameters"],
            json!([
                { "name": "b", "in": "path", "x-documented-name": "a" },
                { "name": "a", "in": "path", "x-documented-name": "b" },
                { "name": "a", "in": "query" }
            ])
        );
    }
}
