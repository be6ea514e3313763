fn main() {
    // Without a SONAME the linker would record the build-time path in every binary.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libsluice_rust.so");
}
