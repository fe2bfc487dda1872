#pragma once

#include "support/process.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace rollcall::test {

class instance;

/// Makes system calls of a running daemon fail, by strace; they work again when this object goes.
class strace {
public:
    /// `what` is an expression of strace's `inject=`, such as `fdatasync:error=EIO`; it is in force
    /// when this returns. `log`: where what strace has seen goes. Throws `std::runtime_error` where
    /// strace cannot be had.
    strace(const instance& of, const std::string& what, std::filesystem::path log);
    ~strace();
    strace(const strace&) = delete;
    strace& operator=(const strace&) = delete;

    /// How many calls it has made fail so far.
    std::size_t injected() const;

private:
    std::filesystem::path log_;
    process tracer_;
};

}  // namespace rollcall::test
