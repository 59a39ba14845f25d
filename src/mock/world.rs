//! What the world says to a call, and what it does with it.

use http::HeaderValue;

use super::{
    answer::{Chosen, Taken, asked_language, request_id},
    object_host::ObjectHost,
};
use crate::{
    content::Received,
    contract::{Answer, Payload, Refusal, Rule, Violation, auth::Credential},
    session::Origin,
    world::{Cue, Effect, Links, Played, Stage, Took},
};

/// What the world made of a call.
pub(super) struct Said {
    /// Its answer; nothing where it does not play the operation.
    pub(super) answer: Option<Answer>,
    pub(super) warning: Option<Violation>,
    pub(super) took: Took,
    pub(super) effect: Option<Box<Effect>>,
}

impl Said {
    /// The call did not come to the world.
    pub(super) fn untouched(answer: Option<Answer>) -> Self {
        Self { answer, warning: None, took: Took::Untouched, effect: None }
    }
}

/// A warning about the world.
pub(super) fn warning(expected: &str, found: String) -> Violation {
    Violation::new("", Rule::World, expected, found)
}

impl Taken<'_> {
    /// What the world says; the documented example where it does not play the operation.
    pub(super) fn staged(&self, stage: &Stage) -> Chosen<'static> {
        let Said { answer, warning, took, effect } = self.ask(stage);
        let chosen = match answer {
            Some(answer) => Chosen::new(answer, Origin::World, HeaderValue::from_static("world")),
            None => self.mock.documented(self.operation),
        };
        Chosen { warning, took: Some(took), effect, ..chosen }
    }

    /// Has the world play a call.
    pub(super) fn ask(&self, stage: &Stage) -> Said {
        let Self { mock, request, accepted, operation, attempt } = *self;
        let store = attempt.session.world.get_or_init(|| stage.open(attempt.now));
        let service = mock.contract.service_of(operation);
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
        let (scheme, host) = ObjectHost::of(mock.object_host.get(), request, attempt.arrival.secure);
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
                settings: &mock.options.access.presigned,
                now: attempt.session.clock.shown(attempt.now),
            },
            content,
        };
        match stage.play(&mock.contract, store, &cue) {
            Played::Answer { answer, effect, warning: strange } => {
                let strange = strange.map(|found| warning("a caller whom the world knows", found));
                Said { answer: Some(answer), warning: strange, took: Took::Committed, effect }
            }
            Played::Refused { code, arguments, reason } => {
                let answer = match service.catalogue.find(&code, None) {
                    Some(entry) => service.error_about(entry, &arguments, language, &request_id(attempt)),
                    None => service.refuse(Refusal::Internal, language, &request_id(attempt)),
                };
                let why = warning("a call that the world takes", format!("{code}: {reason}"));
                Said { answer: Some(answer), warning: Some(why), took: Took::Refused, effect: None }
            }
            Played::Unknown => {
                let found = format!("{}, which gets its documented example", operation.name);
                let unplayed = warning("an operation that the world plays", found);
                Said { answer: None, warning: Some(unplayed), took: Took::Untouched, effect: None }
            }
        }
    }
}
