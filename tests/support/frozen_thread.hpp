#pragma once

#include <string>

namespace rollcall::test {

/// One thread of another process that does not go on while this object lives: what a deadlock looks
/// like from outside. The process's other threads run. Traces it, so freeze and let go on one
/// thread of the test. Throws `std::runtime_error` where there is no thread of that name.
class frozen_thread {
public:
    frozen_thread(int process, const std::string& name);
    ~frozen_thread();
    frozen_thread(const frozen_thread&) = delete;
    frozen_thread& operator=(const frozen_thread&) = delete;

private:
    int thread_ = -1;
};

}  // namespace rollcall::test
