//! What wasmtime's bindgen makes of `wit/`. Generated code only; [`crate::contract`] is the
//! face of it.
//!
//! [`base`] holds the shared types, every import and the interface `plugin`; each role is
//! generated on top, so that a type of the contract is one Rust type everywhere and one
//! instance may be asked for several roles. Together they are the worlds of `wit/worlds.wit`.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "generated; the documentation stands in wit/"
)]

/// Types, imports and the interface `plugin`.
pub mod base {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package reseplug:host-base;
            world base {
                import reseplug:plugin/types@0.1.0;
                import reseplug:plugin/exchange@0.1.0;
                import reseplug:plugin/https@0.1.0;
                import reseplug:plugin/timer@0.1.0;
                import reseplug:plugin/random@0.1.0;
                import reseplug:plugin/identity@0.1.0;
                import reseplug:plugin/log@0.1.0;
                export reseplug:plugin/plugin@0.1.0;
            }
        ",
        world: "reseplug:host-base/base",
        imports: { default: trappable },
        additional_derives: [serde::Serialize, serde::Deserialize, PartialEq, Eq, Hash],
    });
}

/// The role `adapter`.
pub mod adapter {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package reseplug:host-adapter;
            world adapter-role {
                export reseplug:plugin/adapter@0.1.0;
            }
        ",
        world: "reseplug:host-adapter/adapter-role",
        with: { "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types },
        additional_derives: [serde::Serialize, serde::Deserialize, PartialEq, Eq, Hash],
    });
}

/// The role `checker`.
pub mod checker {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package reseplug:host-checker;
            world checker-role {
                export reseplug:plugin/checker@0.1.0;
            }
        ",
        world: "reseplug:host-checker/checker-role",
        with: { "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types },
        additional_derives: [serde::Serialize, serde::Deserialize, PartialEq, Eq, Hash],
    });
}

/// The role `eligibility`.
pub mod eligibility {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package reseplug:host-eligibility;
            world eligibility-role {
                export reseplug:plugin/eligibility@0.1.0;
            }
        ",
        world: "reseplug:host-eligibility/eligibility-role",
        with: { "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types },
        additional_derives: [serde::Serialize, serde::Deserialize, PartialEq, Eq, Hash],
    });
}

/// The interface `home-visit`, which a plugin of the role `eligibility` may export besides.
pub mod home_visit {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package reseplug:host-home-visit;
            world home-visit-role {
                export reseplug:plugin/home-visit@0.1.0;
            }
        ",
        world: "reseplug:host-home-visit/home-visit-role",
        with: { "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types },
        additional_derives: [serde::Serialize, serde::Deserialize, PartialEq, Eq, Hash],
    });
}

/// The role `claims`.
pub mod claims {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package reseplug:host-claims;
            world claims-role {
                export reseplug:plugin/claims@0.1.0;
            }
        ",
        world: "reseplug:host-claims/claims-role",
        with: { "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types },
        additional_derives: [serde::Serialize, serde::Deserialize, PartialEq, Eq, Hash],
    });
}
