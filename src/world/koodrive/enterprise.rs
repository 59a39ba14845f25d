//! Service subscription, enterprise settings, other APIs.

use crate::world::{
    World,
    fact::{Fact, Record},
    outcome::{Outcome, Reply, Trouble},
    scene::Scene,
    spaces::Kind,
    stage::{Behaviour, change, look},
};

pub(super) const OPERATIONS: &[Behaviour] = &[
    look("GetService", service),
    look("GetQuotaUsed", quota),
    change("SetPackageDownloadExpires", package_days).refuses(&[410, 309]),
    change("GetJsSdkInfo", sdk),
];

fn service(at: &Scene<'_>) -> Outcome {
    Ok(Reply::one("data", at.world.enterprise.clone()))
}

fn quota(at: &Scene<'_>) -> Outcome {
    let World { org, spaces, enterprise, .. } = &*at.world;
    let [department, personal, group] = Kind::ALL.map(|kind| (spaces.used_kb(kind), spaces.allocated(kind)));
    let data = Record::default()
        .with("userCount", Fact::Whole(i64::try_from(org.count_users()).unwrap_or(i64::MAX)))
        .with("spaceUsed", Fact::Whole(department.0 + personal.0 + group.0))
        .with("spaceQuotaUsed", Fact::Whole(department.1 + personal.1 + group.1))
        .with("deptSpaceUsed", Fact::Whole(department.0))
        .with("deptSpaceQuotaUsed", Fact::Whole(department.1))
        .with("personalSpaceUsed", Fact::Whole(personal.0))
        .with("personalSpaceQuotaUsed", Fact::Whole(personal.1))
        .with("groupSpaceUsed", Fact::Whole(group.0))
        .with("groupSpaceQuotaUsed", Fact::Whole(group.1))
        .and(enterprise.clone());
    Ok(Reply::one("data", data))
}

fn package_days(at: &mut Scene<'_>) -> Outcome {
    at.administrator()?;
    if let Some(tenant) = at.call.text("tenantId").filter(|tenant| *tenant != at.world.enterprise.tenant) {
        return Err(Trouble::unknown("tenant", tenant));
    }
    if let Some(days) = at.call.whole("packageDownloadExpires") {
        at.world.enterprise_mut().package_days = days;
    }
    Ok(Reply::done())
}

/// Its codes are new for each call.
fn sdk(at: &mut Scene<'_>) -> Outcome {
    let code = at.ids.hex("sdk code", 32);
    let data = Record::default()
        .with("page_token_key", Fact::Whole(at.now.as_millisecond()))
        .with("page_token", Fact::Text(at.ids.hex("page token", 32).into()))
        .with("js_sdk_url", Fact::text("https://orgid.example.com/jssdk.umd.js"))
        .with("retry_js_sdk_url", Fact::text("https://orgid.example.com/jssdk.umd.js"))
        .with("transaction_id", Fact::Text(at.ids.hex("transaction", 32).into()))
        .with(
            "orgid_config",
            Fact::Text(format!(r#"{{"sdk_auth_code":"{code}","organization_source":"HUAWEI_ID"}}"#).into()),
        );
    Ok(Reply::one("data", data))
}
