//! What wit-bindgen makes of the contract. Not for authors: [`crate::adapter`] and its
//! siblings re-export the types, and the export macros do the rest.
//!
//! [`base`] holds the shared types, every import and the interface `plugin`; each role is
//! generated on top of it, so that a type of the contract is one Rust type everywhere and a
//! component may export several roles. wit-component joins the parts that a plugin exports
//! into one world and drops the imports that it does not call: what comes out is the world
//! of `wit/worlds.wit`.
//!
//! Natively the imports abort; a plugin's unit tests never reach them.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "generated: the canonical ABI passes values through raw pointers"
)]

/// Types, imports and the interface `plugin`.
pub mod base {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package reseplug:sdk-base;
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
        world: "base",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "__reseplug_export_base",
        default_bindings_module: "reseplug_sdk::bindings::base",
    });
}

/// The role `adapter`.
pub mod adapter {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package reseplug:sdk-adapter;
            world adapter-role {
                export reseplug:plugin/adapter@0.1.0;
            }
        ",
        world: "adapter-role",
        with: {
            "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types,
        },
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "__reseplug_export_adapter",
        default_bindings_module: "reseplug_sdk::bindings::adapter",
    });
}

/// The role `checker`.
pub mod checker {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package reseplug:sdk-checker;
            world checker-role {
                export reseplug:plugin/checker@0.1.0;
            }
        ",
        world: "checker-role",
        with: {
            "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types,
        },
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "__reseplug_export_checker",
        default_bindings_module: "reseplug_sdk::bindings::checker",
    });
}

/// The role `eligibility`.
pub mod eligibility {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package reseplug:sdk-eligibility;
            world eligibility-role {
                export reseplug:plugin/eligibility@0.1.0;
            }
        ",
        world: "eligibility-role",
        with: {
            "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types,
        },
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "__reseplug_export_eligibility",
        default_bindings_module: "reseplug_sdk::bindings::eligibility",
    });
}

/// The interface `home-visit`, which goes with the role `eligibility`.
pub mod home_visit {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package reseplug:sdk-home-visit;
            world home-visit-role {
                export reseplug:plugin/home-visit@0.1.0;
            }
        ",
        world: "home-visit-role",
        with: {
            "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types,
        },
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "__reseplug_export_home_visit",
        default_bindings_module: "reseplug_sdk::bindings::home_visit",
    });
}

/// The role `claims`.
pub mod claims {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package reseplug:sdk-claims;
            world claims-role {
                export reseplug:plugin/claims@0.1.0;
            }
        ",
        world: "claims-role",
        with: {
            "reseplug:plugin/types@0.1.0": crate::bindings::base::reseplug::plugin::types,
        },
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq, Eq],
        pub_export_macro: true,
        export_macro_name: "__reseplug_export_claims",
        default_bindings_module: "reseplug_sdk::bindings::claims",
    });
}
