//! A simulated eligibility terminal and claims gateway for authors, tests and the demo
