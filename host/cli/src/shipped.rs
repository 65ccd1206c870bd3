//! The plugins that ship inside the program.

mod built {
    include!(concat!(env!("OUT_DIR"), "/plugins.rs"));
}

/// Shipped plugins: id and packed component.
pub const SHIPPED: &[(&str, &[u8])] = built::SHIPPED;
