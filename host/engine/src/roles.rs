//! Where a component's exported functions are, looked up once when it is loaded.

use crate::Inspection;
use crate::bindings::adapter::exports::reseplug::plugin::adapter;
use crate::bindings::base::exports::reseplug::plugin::plugin;
use crate::bindings::checker::exports::reseplug::plugin::checker;
use crate::bindings::claims::exports::reseplug::plugin::claims;
use crate::bindings::eligibility::exports::reseplug::plugin::eligibility;
use crate::bindings::home_visit::exports::reseplug::plugin::home_visit;
use crate::state::State;
use reseplug_policy::Role;
use wasmtime::component::InstancePre;

/// The exports of a component, role by role.
#[derive(Clone)]
pub(crate) struct Roles {
    pub(crate) plugin: plugin::GuestIndices,
    pub(crate) adapter: Option<adapter::GuestIndices>,
    pub(crate) checker: Option<checker::GuestIndices>,
    pub(crate) eligibility: Option<eligibility::GuestIndices>,
    pub(crate) home_visit: Option<home_visit::GuestIndices>,
    pub(crate) claims: Option<claims::GuestIndices>,
}

impl Roles {
    /// Looks up the functions of the roles and optional interfaces that a component has.
    pub(crate) fn of(pre: &InstancePre<State>, inspection: &Inspection) -> wasmtime::Result<Self> {
        let has = |role| inspection.roles.contains(&role).then_some(pre);
        Ok(Self {
            plugin: plugin::GuestIndices::new(pre)?,
            adapter: has(Role::Adapter)
                .map(adapter::GuestIndices::new)
                .transpose()?,
            checker: has(Role::Checker)
                .map(checker::GuestIndices::new)
                .transpose()?,
            eligibility: has(Role::Eligibility)
                .map(eligibility::GuestIndices::new)
                .transpose()?,
            home_visit: inspection
                .home_visit
                .then(|| home_visit::GuestIndices::new(pre))
                .transpose()?,
            claims: has(Role::Claims)
                .map(claims::GuestIndices::new)
                .transpose()?,
        })
    }
}
