//! Adapter: a legacy product's Shift_JIS CSV register and computed month
