//! Connector: claims over the open gateway protocol
