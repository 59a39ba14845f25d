//! What the world says to a call.

use http::HeaderValue;

use super::{
    Mock,
    answer::{Chosen, asked_language, request_id},
    attempt::Attempt,
    object_host::ObjectHost,
};
use crate::{
    content::Received,
    contract::{Accepted, Operation, Payload, Refusal, Request, Rule, Violation, auth::Credential},
    session::Origin,
    world::{Cue, Links, Played, Stage},
};

impl Mock {
    /// What the world says; the documented example where it does not play the operation.
    pub(super) fn staged(
        &self,
        stage: &Stage,
        request: &Request<'_>,
        accepted: &Accepted<'_>,
        operation: &Operation,
        attempt: &Attempt<'_>,
    ) -> Chosen<'static> {
        let world = || HeaderValue::from_static("world");
        let warning = |expected: &str, found: String| Violation::new("", Rule::World, expected, found);
        let store = attempt.session.world.get_or_init(|| stage.open(attempt.now));
        let service = self.contract.service_of(operation);
        let language = service.language(asked_language(service, request));
        let whole;
        let content = match request.body {
            Payload::Content(received) => Some(received),
            Payload::Whole(bytes) if operation.content.is_some() => {
                whole = Received::whole(bytes, None);
                Some(&whole)
            }
            _ => None,
        };
        let (scheme, host) = ObjectHost::of(self.object_host.get(), request);
        let cue = Cue {
            language,
            operation,
            call: &accepted.call,
            user: request.headers.get("x-user-id").and_then(|id| id.to_str().ok()),
            token: accepted.credential.as_ref().and_then(Credential::token),
            now: attempt.now,
            rng: attempt.rng,
            links: Links {
                scheme,
                host: &host,
                session: attempt.session.name(),
                settings: &self.options.access.presigned,
                now: attempt.session.clock.shown(attempt.now),
            },
            content,
        };
        match stage.play(&self.contract, store, &cue) {
            Played::Answer { answer, warning: strange } => {
                let strange = strange.map(|found| warning("a caller whom the world knows", found));
                Chosen { warning: strange, ..Chosen::new(answer, Origin::World, world()) }
            }
            Played::Refused { code, arguments, reason } => {
                let answer = match service.catalogue.find(&code, None) {
                    Some(entry) => service.error_about(entry, &arguments, language, &request_id(attempt)),
                    None => service.refuse(Refusal::Internal, language, &request_id(attempt)),
                };
                let why = warning("a call that the world takes", format!("{code}: {reason}"));
                Chosen { warning: Some(why), ..Chosen::new(answer, Origin::World, world()) }
            }
            Played::Unknown => {
                let found = format!("{}, which gets its documented example", operation.name);
                let unplayed = warning("an operation that the world plays", found);
                Chosen { warning: Some(unplayed), ..self.documented(operation) }
            }
        }
    }
}
