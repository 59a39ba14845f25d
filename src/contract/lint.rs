//! Finds every mistake in a set of spec files: first their form, by our own schemas, then their meaning.

use std::collections::HashMap;

use http::Method;
use serde_json::Value;

use super::{
    catalogue::Catalogue,
    files::{SpecFile, SpecFiles},
    json::{self, Json},
    operation::{Head, Member, Operation, OperationId, ParameterEncoding, SpecError},
    route::Router,
    rule::Rule,
    schema::{Misfit, Schema},
    service::{Description, Service},
    violation::push_segment,
};
use crate::{
    diagnostic::{Diagnostic, did_you_mean},
    document::{self, ReadLimits},
    embedded,
};

/// Checks all files and reports everything that is wrong with them, in the order of the files.
pub fn lint(files: &SpecFiles) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    let mut routes = Router::default();
    let mut owners: HashMap<String, String> = HashMap::new();
    for service in files.services() {
        lint_service(files, &service, &mut routes, &mut owners, &mut mistakes);
    }
    mistakes
}

/// A spec file that was read, and where its mistakes go.
struct Lint<'a> {
    file: &'a SpecFile,
    value: Value,
}

impl<'a> Lint<'a> {
    /// Reads a file and checks it against one of our schemas.
    fn read(file: &'a SpecFile, schema: &str, mistakes: &mut Vec<Diagnostic>) -> Option<Self> {
        let value = match file.parse::<Value>() {
            Ok(value) => value,
            Err(mistake) => {
                mistakes.push(mistake);
                return None;
            }
        };
        let lint = Self { file, value };
        let before = mistakes.len();
        for twice in json::read(file.text().as_bytes()).map(|text| text.duplicates).unwrap_or_default() {
            let name = twice.rsplit('/').next().unwrap_or_default();
            mistakes.push(lint.key(&twice, format!("the key `{name}` appears twice"), "only the last one would count"));
        }
        match embedded::schema(schema)
            .and_then(|text| serde_json::from_str(text).ok())
            .map(|text: Value| Schema::standalone(&text).map(|schema| schema.misfits(&text, &Json::from(&lint.value))))
        {
            Some(Ok(misfits)) => mistakes.extend(misfits.iter().map(|misfit| lint.misfit(misfit))),
            _ => mistakes.push(Diagnostic::error(format!("the schema `{schema}` of our own format is broken"))),
        }
        (mistakes.len() == before).then_some(lint)
    }

    fn misfit(&self, misfit: &Misfit) -> Diagnostic {
        let violation = &misfit.violation;
        let name = violation.at.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        match violation.rule {
            Rule::AdditionalProperties => self
                .key(&violation.at, format!("unknown key `{name}`"), "not expected here")
                .suggest(&name, misfit.known.iter().map(String::as_str)),
            Rule::Required => {
                let parent = violation.at.rsplit_once('/').map_or("", |(parent, _)| parent);
                self.key(parent, format!("the key `{name}` is missing"), "in here")
            }
            _ => {
                let place = if violation.at.is_empty() { "the file" } else { &violation.at };
                let message = format!("`{place}` should be {}", violation.expected);
                self.value(&violation.at, message, format!("found {}", violation.found))
            }
        }
    }

    fn key(&self, pointer: &str, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        self.place(pointer, true, message, label)
    }

    fn value(&self, pointer: &str, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        self.place(pointer, false, message, label)
    }

    /// Reads the text again, this time with places: only a mistake pays for that.
    fn place(&self, pointer: &str, key: bool, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        let source = self.file.source();
        let span = match document::read(&source, ReadLimits::default()) {
            Ok(node) => node.locate(pointer, key),
            // Reading with places stops at a duplicate key.
            Err(mistake) => mistake.place.map_or(0..0, |place| place.span),
        };
        Diagnostic::error(message).at(&source, span, label)
    }
}

fn lint_service(
    files: &SpecFiles,
    name: &str,
    routes: &mut Router,
    owners: &mut HashMap<String, String>,
    mistakes: &mut Vec<Diagnostic>,
) {
    let before = mistakes.len();
    let mut read = |part: &str, schema: &str| match files.get(&format!("{name}/{part}")) {
        Some(file) => Lint::read(file, schema, mistakes).map(|lint| (file, lint)),
        None => {
            mistakes.push(Diagnostic::error(format!("the specs lack `{name}/{part}`")));
            None
        }
    };
    let description = read("service.json", "service.schema.json");
    let errors = read("errors.json", "errors.schema.json");
    let shared = read("shared.json", "shared.schema.json");
    let operations: Vec<_> = files
        .operations(name)
        .filter_map(|file| Lint::read(file, "operation.schema.json", mistakes).map(|lint| (file, lint)))
        .collect();
    let (Some((_, description)), Some((_, errors)), Some((shared_file, shared))) = (description, errors, shared) else {
        return;
    };
    let (Ok(of_service), Ok(catalogue)) = (description.file.parse::<Description>(), errors.file.parse::<Catalogue>())
    else {
        return;
    };
    lint_description(&description, &of_service, name, &catalogue, mistakes);
    for (index, entry) in catalogue.entries.iter().enumerate() {
        if !of_service.envelopes.contains_key(&entry.envelope) {
            let message = format!("the service has no envelope `{}`", entry.envelope);
            let names = of_service.envelopes.keys().map(String::as_str);
            mistakes.push(
                errors
                    .value(&format!("/errors/{index}/envelope"), message, "no such envelope")
                    .suggest(&entry.envelope, names),
            );
        }
    }
    lint_references(&shared, &shared.value, &shared.value, mistakes);
    let service = Service::new(of_service, catalogue, shared_file.clone());
    if mistakes.len() == before
        && let Err(error) = service.library()
    {
        mistakes.push(shared.key("/$defs", format!("the definitions are not a JSON Schema: {error}"), "in here"));
    }
    for (file, lint) in operations {
        let clean = mistakes.len();
        lint_operation(&lint, &shared.value, &service, mistakes);
        let Ok(head) = file.parse::<Head>() else { continue };
        let route = format!("{} {}", head.method, head.path);
        for owned in [format!("{name} {}", head.operation), route.clone()] {
            if let Some(other) = owners.insert(owned.clone(), file.shown.clone()) {
                let (at, what) = if owned == route { ("/path", "method and path") } else { ("/operation", "name") };
                let message = format!("`{}` has the {what} of another operation", head.operation);
                mistakes.push(lint.value(at, message, format!("also in {other}")));
            }
        }
        if mistakes.len() > clean {
            continue;
        }
        let method: Method = head.method.parse().unwrap_or(Method::GET);
        let also = head.request.encodings.contains(&ParameterEncoding::Query) && method != Method::GET;
        let routed = [Some(method), also.then_some(Method::GET)]
            .iter()
            .flatten()
            .try_for_each(|method| routes.insert(method, &head.path, OperationId::from_index(0)));
        if let Err(error) = routed {
            mistakes.push(lint.value("/path", format!("the path cannot be routed: {error}"), "here"));
        }
        lint_compiled(&lint, head, file, &service, mistakes);
    }
}

fn lint_description(
    lint: &Lint<'_>,
    description: &Description,
    folder: &str,
    catalogue: &Catalogue,
    mistakes: &mut Vec<Diagnostic>,
) {
    if description.service != folder {
        let message = format!("the service is called `{}` and its folder `{folder}`", description.service);
        mistakes.push(lint.value("/service", message, "must be the name of the folder"));
    }
    for (refusal, entry) in lint.value["refusals"].as_object().into_iter().flatten() {
        let found = serde_json::from_value(entry.clone())
            .is_ok_and(|name: super::service::EntryName| name.find(catalogue).is_some());
        if !found {
            let code = entry.get("code").unwrap_or(entry);
            let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
            let mistake = lint.value(
                &format!("/refusals/{refusal}"),
                format!("the refusal `{refusal}` names an error that errors.json lacks"),
                "no such entry",
            );
            let close = catalogue.suggest(&code);
            mistakes.push(match close {
                Some(close) if close != code => mistake.help(format!("did you mean `{close}`?")),
                Some(_) if entry.get("message").is_some() => {
                    let messages: Vec<String> =
                        catalogue.messages(&code).iter().map(|message| format!("`{message}`")).collect();
                    mistake.help(format!("the messages of `{code}` are {}", messages.join(", ")))
                }
                Some(_) => mistake.help(format!("`{code}` comes with {:?}", catalogue.statuses(&code))),
                None => mistake,
            });
        }
    }
}

/// Mistakes that show in the operation's document alone.
fn lint_operation(lint: &Lint<'_>, shared: &Value, service: &Service, mistakes: &mut Vec<Diagnostic>) {
    let document = &lint.value;
    lint_references(lint, document, shared, mistakes);
    for part in ["/request", "/responses", "/$defs"] {
        if let Some(value) = document.pointer(part) {
            lint_required(lint, value, part, mistakes);
        }
    }
    let template = document["path"].as_str().unwrap_or_default();
    let in_template: Vec<&str> = template
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')))
        .collect();
    let properties = document.pointer("/request/path/properties").and_then(Value::as_object);
    for parameter in &in_template {
        if properties.is_none_or(|properties| !properties.contains_key(*parameter)) {
            let message = format!("the path parameter `{parameter}` is not described under `request.path`");
            mistakes.push(lint.value("/path", message, "has no schema"));
        }
    }
    for name in properties.into_iter().flat_map(|properties| properties.keys()) {
        if !in_template.contains(&name.as_str()) {
            let message = format!("`{name}` is described as a path parameter, but the path has none of that name");
            mistakes.push(
                lint.key(&format!("/request/path/properties/{name}"), message, "not in the path")
                    .suggest(name, in_template.iter().copied()),
            );
        }
    }
    for (index, code) in document["errors"].as_array().into_iter().flatten().enumerate() {
        let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
        if service.catalogue.find(&code, None).is_none() {
            let mistake = lint.value(
                &format!("/errors/{index}"),
                format!("the catalogue has no error `{code}`"),
                "no such error",
            );
            let close = service.catalogue.suggest(&code);
            mistakes.push(match close {
                Some(close) => mistake.help(format!("did you mean `{close}`?")),
                None => mistake,
            });
        }
    }
}

/// Mistakes that show once the schemas are compiled: schemas that do not compile, examples that break them.
fn lint_compiled(lint: &Lint<'_>, head: Head, file: &SpecFile, service: &Service, mistakes: &mut Vec<Diagnostic>) {
    let broken =
        |error: &SpecError| lint.key("/operation", format!("a schema does not compile: {error}"), "in this operation");
    let operation = match Operation::new(OperationId::from_index(0), 0, head, file.clone()) {
        Ok(operation) => operation,
        Err(error) => return mistakes.push(broken(&error)),
    };
    if let Err(error) = operation.compiled(service) {
        return mistakes.push(broken(error));
    }
    lint_pages(lint, &operation, service, mistakes);
    let responses = match operation.responses(service) {
        Ok(responses) => responses,
        Err(error) => return mistakes.push(broken(&error)),
    };
    if let Some(pointer) = lint.value["issues_token"].as_str() {
        let mut successes = responses.iter().filter(|response| response.status.is_success());
        if !successes.any(|response| response.example.pointer(pointer).is_some_and(Value::is_string)) {
            let message = format!("no successful answer has a text at `{pointer}`");
            mistakes.push(lint.value("/issues_token", message, "a token should be there"));
        }
    }
    for response in responses {
        let Some(schema) = &response.body else { continue };
        let at = format!("/responses/{}", response.status.as_u16());
        let shown = lint.value.pointer(&format!("{at}/example")).is_some();
        for violation in schema.violations(&Json::from(&response.example), "") {
            let mistake = if shown {
                let message = format!("the example breaks its own schema at `{}`", violation.at);
                lint.value(
                    &format!("{at}/example{}", violation.at),
                    message,
                    format!("expected {}", violation.expected),
                )
            } else {
                let message = format!("no example can be made from the schema: {violation}");
                lint.key(&at, message, "this answer").help("give it an `example`")
            };
            mistakes.push(mistake);
        }
    }
}

/// The rows that a page alone has are rows of the request.
fn lint_pages(lint: &Lint<'_>, operation: &Operation, service: &Service, mistakes: &mut Vec<Diagnostic>) {
    let Ok(table) = operation.table(service) else { return };
    for (index, page) in operation.documentation.iter().enumerate() {
        for (number, row) in page.rows.iter().enumerate() {
            let mut segments = row.split('/').skip(1);
            let part = segments.next().and_then(|part| table.part(part)).cloned();
            let found = segments.fold(part, |schema, name| match table.member(&schema?, name) {
                Member::Documented(member) => Some(member),
                Member::Unknown(_) | Member::Anything => None,
            });
            if found.is_none() {
                let at = format!("/documentation/{index}/rows/{number}");
                mistakes.push(lint.value(&at, format!("the request has no row `{row}`"), "no such row"));
            }
        }
    }
}

/// Every `$ref` has a target: in this file, or in the shared one.
fn lint_references(lint: &Lint<'_>, document: &Value, shared: &Value, mistakes: &mut Vec<Diagnostic>) {
    let mut references = Vec::new();
    collect_references(&lint.value, "", &mut references);
    for (pointer, target) in references {
        let (file, name) = target.split_once("#/$defs/").unwrap_or((target.as_str(), ""));
        let definitions = match file {
            "" => &document["$defs"],
            "../shared.json" => &shared["$defs"],
            _ => &Value::Null,
        };
        if definitions.get(name).is_some() {
            continue;
        }
        let names = definitions.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let mistake = lint.value(&pointer, format!("`{target}` refers to nothing"), "no such definition");
        mistakes.push(match did_you_mean(name, names) {
            Some(close) => mistake.help(format!("did you mean `{file}#/$defs/{close}`?")),
            None => mistake.help("a `$ref` is `#/$defs/Name` or `../shared.json#/$defs/Name`"),
        });
    }
}

fn collect_references(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    let child = |name: &str| {
        let mut pointer = pointer.to_owned();
        push_segment(&mut pointer, name);
        pointer
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(target) if name == "$ref" => found.push((child(name), target.clone())),
                    // An example may contain anything, even a member named `$ref`.
                    _ if matches!(name.as_str(), "example" | "examples" | "default" | "const" | "enum") => {}
                    _ => collect_references(value, &child(name), found),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_references(item, &child(&index.to_string()), found);
            }
        }
        _ => {}
    }
}

/// Every required name is a property of the same schema.
fn lint_required(lint: &Lint<'_>, value: &Value, pointer: &str, mistakes: &mut Vec<Diagnostic>) {
    let Some(members) = value.as_object() else { return };
    if let (Some(required), Some(properties)) =
        (members.get("required").and_then(Value::as_array), members.get("properties").and_then(Value::as_object))
    {
        for (index, name) in required.iter().enumerate().filter_map(|(index, name)| Some((index, name.as_str()?))) {
            if !properties.contains_key(name) {
                mistakes.push(
                    lint.value(
                        &format!("{pointer}/required/{index}"),
                        format!("`{name}` is required, but there is no such property"),
                        "not among the properties",
                    )
                    .suggest(name, properties.keys().map(String::as_str)),
                );
            }
        }
    }
    for (name, value) in members {
        // Conditions refer to the properties of the schema around them.
        if matches!(name.as_str(), "example" | "if" | "then" | "else" | "not" | "x-warn" | "x-all-but-last") {
            continue;
        }
        let mut pointer = pointer.to_owned();
        push_segment(&mut pointer, name);
        match value {
            Value::Object(_) => lint_required(lint, value, &pointer, mistakes),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    lint_required(lint, item, &format!("{pointer}/{index}"), mistakes);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_specs_have_no_mistake() {
        let mistakes = lint(&SpecFiles::embedded());
        assert!(mistakes.is_empty(), "{}", crate::diagnostic::to_text(&mistakes, crate::diagnostic::Style::Plain));
    }
}
