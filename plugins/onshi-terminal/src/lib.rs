//! Connector: eligibility over the terminal's exchange folders
