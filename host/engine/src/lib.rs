//! Runs plugin components: compile, cache, instantiate, limit, call, step
