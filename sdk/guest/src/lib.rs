//! What the author of a reseplug plugin depends on: the contract's types, traits, export macros, a scripted host for tests
