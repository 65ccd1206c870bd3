//! Checker: the structural rules of a 訪問看護 claim file
