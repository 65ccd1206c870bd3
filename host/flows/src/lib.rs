//! The flows of a station: intake, recheck, fill, guard, claim
