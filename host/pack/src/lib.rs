//! Makes a plugin of a core wasm module: a component with its manifest inside
