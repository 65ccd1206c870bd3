//! Where a component's exported functions are, looked up once when it is loaded.

use crate::bindings::adapter::exports::reseplug::plugin::adapter;
use crate::bindings::base::exports::reseplug::plugin::plugin;
use crate::bindings::checker::exports::reseplug::plugin::checker;
use crate::bindings::claims::exports::reseplug::plugin::claims;
use crate::bindings::eligibility::exports::reseplug::plugin::eligibility;
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
    pub(crate) claims: Option<claims::GuestIndices>,
}

impl Roles {
    /// Looks up the functions of the roles that a component has.
    pub(crate) fn of(pre: &InstancePre<State>, roles: &[Role]) -> wasmtime::Result<Self> {
        let has = |role| roles.contains(&role).then_some(pre);
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
            claims: has(Role::Claims)
                .map(claims::GuestIndices::new)
                .transpose()?,
        })
    }
}
