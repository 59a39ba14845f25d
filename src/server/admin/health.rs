//! Whether it is there, and what it plays: `health`; and `reset`.

use http::StatusCode;

use super::{
    answers::{Answered, no_content, respond},
    request::Request,
};

impl Request<'_> {
    pub(super) fn health(&self) -> Answered {
        self.known_parameters(&[])?;
        let (mock, contract) = (self.control.mock(), self.control.mock().contract());
        let services = contract.services().iter().enumerate().map(|(index, service)| {
            let operations = contract.operations().iter().filter(|operation| operation.service == index).count();
            serde_json::json!({
                "service": service.description.service,
                "edition": service.description.edition,
                "operations": operations,
            })
        });
        let script = mock.script();
        let scenarios = script.scenarios().iter().map(|scenario| scenario.name.as_str());
        Ok(respond(
            StatusCode::OK,
            &serde_json::json!({
                "status": "ok",
                "version": env!("CARGO_PKG_VERSION"),
                "services": services.collect::<Vec<_>>(),
                "scenarios": scenarios.collect::<Vec<_>>(),
                "seed": script.seed(),
                "world": mock.stage().is_some(),
                "exchanges": mock.journal().next_number() - 1,
                "bodies": self.bodies,
            }),
        ))
    }

    pub(super) fn reset(&self) -> Answered {
        self.known_parameters(&[])?;
        self.control.reset();
        Ok(no_content())
    }
}
