//! The rows of the fact sheets: of their operations as this repository keeps them, made from the sheets themselves.

use std::{fs, path::Path};

use serde_json::Value;

use super::row::{Limits, Row};

/// Reads all sheets below a folder, in the order of the operations.
pub(super) fn rows(folder: &Path) -> Vec<Row> {
    let mut sheets = Vec::new();
    collect(folder, &mut sheets);
    sheets.sort_by(|a, b| a["operation"].as_str().cmp(&b["operation"].as_str()));
    sheets.iter().flat_map(of_sheet).collect()
}

fn collect(folder: &Path, sheets: &mut Vec<Value>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sheets);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let sheet: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            // The catalogues and vectors are no operations.
            if sheet.get("method").is_some() {
                sheets.push(sheet);
            }
        }
    }
}

fn of_sheet(sheet: &Value) -> Vec<Row> {
    let operation = sheet["operation"].as_str().unwrap();
    let mut reader = Reader { operation, objects: &Value::Null, rows: Vec::new() };
    for (key, place) in
        [("path_params", "path"), ("query_params", "query"), ("headers", "headers"), ("params", "params")]
    {
        reader.list(place, "", &sheet[key]);
    }
    if sheet["body"].is_object() {
        reader.objects = &sheet["body"]["objects"];
        reader.list("body", "", &sheet["body"]["root"]);
    }
    for (status, answer) in sheet["responses"].as_object().into_iter().flatten() {
        reader.objects = &answer["objects"];
        reader.list(status, "", &answer["root"]);
    }
    reader.fields("200", "", &sheet["response"]);
    reader.rows
}

struct Reader<'a> {
    operation: &'a str,
    /// The tables that the rows of the part name.
    objects: &'a Value,
    rows: Vec<Row>,
}

impl Reader<'_> {
    /// A table, and those of the objects in it.
    fn list(&mut self, place: &str, prefix: &str, table: &Value) {
        for row in table.as_array().into_iter().flatten() {
            let name = format!("{prefix}{}", row["name"].as_str().unwrap());
            let (kind, object) = kind(row["type"].as_str().unwrap());
            let mandatory = match (&row["mandatory"], row.get("one_of_group")) {
                (_, Some(group)) => one_of(group),
                (Value::Bool(flag), _) => if *flag { "yes" } else { "no" }.to_owned(),
                // Answers have no such column.
                _ if place.starts_with(|first: char| first.is_ascii_digit()) => String::new(),
                _ => "?".to_owned(),
            };
            let list = row.get("list_separator").is_some();
            let item = row["list_item_type"].as_str().unwrap_or(if row.get("list_item_enum").is_some() {
                "integer"
            } else {
                "string"
            });
            let kind = if list { format!("array of {item}") } else { kind };
            self.push(place, &name, mandatory, &kind, row);
            if let Some(object) = object {
                let inside = if kind.starts_with("array") { format!("{name}[].") } else { format!("{name}.") };
                // A table that holds itself comes to an end.
                if inside.matches('.').count() < 6 {
                    let objects = self.objects;
                    self.list(place, &inside, &objects[object]);
                }
            }
        }
    }

    /// The answers of gokuai: nested, without tables of their own.
    fn fields(&mut self, place: &str, prefix: &str, fields: &Value) {
        for (name, field) in fields.as_object().into_iter().flatten() {
            let name = format!("{prefix}{name}");
            let items = &field["items"];
            let kind = field["type"].as_str().unwrap();
            let kind =
                if kind == "array" { format!("array of {}", items["type"].as_str().unwrap()) } else { kind.to_owned() };
            self.push(place, &name, String::new(), &kind, field);
            self.fields(place, &format!("{name}."), &field["fields"]);
            self.fields(place, &format!("{name}[]."), &items["fields"]);
        }
    }

    fn push(&mut self, place: &str, name: &str, mandatory: String, kind: &str, row: &Value) {
        let mut limits = Limits::default();
        limits.options(row.get("enum").or(row.get("list_item_enum")));
        limits.range("", row.get("minimum"), row.get("maximum"));
        limits.range("length ", row.get("minLength"), row.get("maxLength"));
        limits.range("items ", row.get("minItems"), row.get("maxItems"));
        limits.word("format", row.get("format"));
        limits.word("pattern", row.get("pattern"));
        limits.word("default", row.get("default"));
        let [operation, place, name, kind] = [self.operation, place, name, kind].map(str::to_owned);
        self.rows.push(Row { operation, place, name, mandatory, kind, limits: limits.text() });
    }
}

/// The type in our words, and the table that it names.
fn kind(documented: &str) -> (String, Option<&str>) {
    let plain = |kind: &str| {
        match kind {
            "Double" => "number",
            "strings" => "string",
            "longs" => "long",
            "integers" => "integer",
            kind if kind.starts_with("Map<") => "object",
            kind => return kind.to_lowercase(),
        }
        .to_owned()
    };
    if let Some(items) = documented.strip_prefix("Array of ") {
        let object = items.strip_suffix(" objects");
        return (format!("array of {}", object.map_or_else(|| plain(items), |_| "object".to_owned())), object);
    }
    match documented.strip_suffix(" object") {
        Some(object) => ("object".to_owned(), Some(object)),
        None => (plain(documented), None),
    }
}

fn one_of(group: &Value) -> String {
    let names: Vec<&str> = group.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    format!("one of {}", names.join(" "))
}
