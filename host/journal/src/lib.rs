//! Jobs, steps, evidence and documents in SQLite; the loop that drives a durable call
