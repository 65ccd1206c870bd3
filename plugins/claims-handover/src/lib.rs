//! Connector: exact claim files handed to the official terminal
