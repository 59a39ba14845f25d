//! Session management.

use std::sync::Arc;

use crate::world::{
    fact::{Fact, Record},
    ids::Id,
    org::User,
    outcome::{Outcome, Reply, Trouble},
    scene::Scene,
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    look("GetAuthCodeURL", url),
    change("CreateSession", create),
    look("AuthSession", show),
    change("RefreshSession", refresh),
    change("Logout", end),
];

/// The host of OrgID's sign-in page, which nobody plays.
const ORG_ID: &str = "https://orgid.example.com";

fn url(at: &Scene<'_>) -> Outcome {
    let domain = at.text("domain");
    let uri = format!(
        "{ORG_ID}/oauth2/authorize?response_type=code&client_id=understudy&scope=phone+profile+email&redirect_uri={domain}"
    );
    Ok(Reply::done().with("uri", Fact::Text(uri.into())).with("orgIdHost", Fact::text(ORG_ID)))
}

/// The facts of a user as sessions have them.
fn of_session(at: &Scene<'_>, user: &Arc<User>) -> Record {
    let users = i64::try_from(at.world.org.count_users()).unwrap_or(i64::MAX);
    Record::default()
        .with("role", Fact::Whole(user.role.of_session()))
        .with("userCount", Fact::Whole(users))
        .and(Arc::clone(user))
}

fn create(at: &mut Scene<'_>) -> Outcome {
    let code = at.text("code");
    let user = at
        .world
        .logins
        .of_code(code)
        .and_then(|id| at.world.org.user(id).cloned())
        .unwrap_or_else(|| Arc::clone(&at.me));
    if user.disabled {
        return Err(Trouble::gateway(301, format!("{} is disabled", user.name)));
    }
    let session: Arc<str> = at.ids.hex("session", 48).into();
    let token = sign_in(at, user.id, &session);
    let data = Record::default()
        .with("accessToken", Fact::Text(format!("Bearer {token}").into()))
        .with("sessionId", Fact::Text(session.to_string().into()))
        .with("userId", Fact::Id(user.org_id))
        .with("userInfo", Fact::One(Box::new(of_session(at, &user))));
    Ok(Reply::one("data", data))
}

/// A new token of a session.
fn sign_in(at: &mut Scene<'_>, user: Id, session: &Arc<str>) -> String {
    let token = at.ids.hex("token", 48);
    at.world.logins_mut().add(&token, Arc::clone(session), user);
    token
}

fn show(at: &Scene<'_>) -> Outcome {
    Ok(Reply::one("data", of_session(at, &at.me)))
}

fn refresh(at: &mut Scene<'_>) -> Outcome {
    let id = at.header("x-session-id").unwrap_or_default();
    let user = at.world.logins.session(id).ok_or_else(|| Trouble::gateway(307, "there is no such session"))?;
    let token = sign_in(at, user, &id.into());
    Ok(Reply::done().with("accessToken", Fact::Text(format!("Bearer {token}").into())))
}

fn end(at: &mut Scene<'_>) -> Outcome {
    if let Some(token) = at.token {
        at.world.logins_mut().end(token);
    }
    Ok(Reply::done())
}
