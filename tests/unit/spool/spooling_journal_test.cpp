#include "intake/spooling_journal.hpp"

#include "records.hpp"
#include "support/eventually.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <future>
#include <map>
#include <set>
#include <thread>

namespace rollcall::test {
namespace {

using testing::SizeIs;
using namespace std::chrono_literals;

// Kafka as a journal sees it.
class fake_kafka final : public lending_journal {
public:
    boost::asio::awaitable<error_code> append(intake_record record) override
    {
        co_return co_await append_copy(record);
    }
    boost::asio::awaitable<error_code> append_copy(const intake_record& record) override
    {
        const std::lock_guard lock{guard_};
        ++asked_;
        if (answer_)
            co_return answer_;
        if (refused_.contains(record.body))
            co_return errc::kafka_rejected;
        taken_.push_back(record.body);
        co_return error_code{};
    }

    void answer(error_code with)
    {
        const std::lock_guard lock{guard_};
        answer_ = with;
    }
    void refuse(const std::string& body)
    {
        const std::lock_guard lock{guard_};
        refused_.insert(body);
    }
    std::vector<std::string> taken() const
    {
        const std::lock_guard lock{guard_};
        return taken_;
    }
    std::size_t asked() const
    {
        const std::lock_guard lock{guard_};
        return asked_;
    }

private:
    mutable std::mutex guard_;
    error_code answer_;
    std::set<std::string> refused_;
    std::vector<std::string> taken_;
    std::size_t asked_ = 0;
};

// Two threads of sessions, as the listener has them.
class SpoolingJournal : public testing::Test {
protected:
    SpoolingJournal()
    {
        for (auto& thread : threads_)
            thread = std::thread{[this] { io_.run(); }};
    }
    ~SpoolingJournal() override
    {
        work_.reset();
        for (auto& thread : threads_)
            thread.join();
    }

    spooling_journal::options how(std::uint64_t max_bytes = 1ULL << 30) const
    {
        return {.where = {dir.path(), max_bytes}, .probe = 1ms};
    }
    std::future<error_code> append(journal& to, int n)
    {
        return boost::asio::co_spawn(io_, to.append(webhook(n)), boost::asio::use_future);
    }
    std::map<error_code, int> append(journal& to, int from, int end)
    {
        std::vector<std::future<error_code>> answers;
        for (int n = from; n < end; ++n)
            answers.push_back(append(to, n));
        std::map<error_code, int> counted;
        for (auto& answer : answers)
            ++counted[answer.get()];
        return counted;
    }
    static std::vector<std::string> bodies(int from, int to)
    {
        std::vector<std::string> expected;
        for (const auto& each : webhooks(from, to))
            expected.push_back(each.body);
        return expected;
    }

    temp_dir dir;
    fake_kafka kafka;

private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    std::array<std::thread, 2> threads_;
};

TEST_F(SpoolingJournal, GoesToKafkaAlone)
{
    spooling_journal j{kafka, how()};
    EXPECT_EQ(append(j, 0, 100), (std::map<error_code, int>{{error_code{}, 100}}));
    EXPECT_THAT(kafka.taken(), SizeIs(100));
    EXPECT_FALSE(j.now().spooling);
    EXPECT_EQ(j.now().waiting.records, 0U);
}

TEST_F(SpoolingJournal, KeepsWhatKafkaDoesNotTakeAndSendsItOnInOrder)
{
    kafka.answer(errc::kafka_timed_out);
    spooling_journal j{kafka, how()};
    for (int n = 0; n < 1'000; ++n)
        ASSERT_FALSE(append(j, n).get());
    EXPECT_TRUE(j.now().spooling);
    EXPECT_EQ(j.now().waiting.records, 1'000U);
    kafka.answer({});
    ASSERT_TRUE(eventually(20s, [&] { return j.now().waiting.records == 0; }));
    EXPECT_EQ(kafka.taken(), bodies(0, 1'000));
    EXPECT_FALSE(j.now().spooling);
    ASSERT_FALSE(append(j, 1'000).get());
    EXPECT_EQ(kafka.taken().back(), webhook(1'000).body);
}

TEST_F(SpoolingJournal, AsksKafkaOnlyNowAndThenWhileItIsAway)
{
    kafka.answer(errc::kafka_timed_out);
    auto seldom = how();
    seldom.probe = 1h;
    spooling_journal j{kafka, seldom};
    EXPECT_EQ(append(j, 0, 500), (std::map<error_code, int>{{error_code{}, 500}}));
    // Those that were under way when the first one failed, and the first probe.
    const auto before = kafka.asked();
    EXPECT_EQ(append(j, 500, 1'000), (std::map<error_code, int>{{error_code{}, 500}}));
    EXPECT_LE(kafka.asked(), before + 1);
}

TEST_F(SpoolingJournal, SendsOnAfterARestart)
{
    {
        kafka.answer(errc::overloaded);
        spooling_journal j{kafka, how()};
        EXPECT_EQ(append(j, 0, 300), (std::map<error_code, int>{{error_code{}, 300}}));
    }
    kafka.answer({});
    spooling_journal j{kafka, how()};
    ASSERT_TRUE(eventually(20s, [&] { return j.now().waiting.records == 0; }));
    const auto taken = kafka.taken();
    const auto sent = bodies(0, 300);
    EXPECT_EQ(
        (std::set<std::string>{taken.begin(), taken.end()}),
        (std::set<std::string>{sent.begin(), sent.end()})
    );
}

TEST_F(SpoolingJournal, NewRecordsGoToKafkaBesideThoseThatWait)
{
    kafka.answer(errc::kafka_timed_out);
    auto small = how();
    small.drain_records = 1;
    spooling_journal j{kafka, small};
    EXPECT_EQ(append(j, 0, 2'000), (std::map<error_code, int>{{error_code{}, 2'000}}));
    kafka.answer({});
    ASSERT_TRUE(eventually(20s, [&] { return !j.now().spooling; }));
    ASSERT_FALSE(append(j, 2'000).get());
    EXPECT_GT(j.now().waiting.records, 0U);
    ASSERT_TRUE(eventually(20s, [&] { return j.now().waiting.records == 0; }));
}

TEST_F(SpoolingJournal, SaysSoWhenItIsFull)
{
    kafka.answer(errc::kafka_timed_out);
    spooling_journal j{kafka, how(4'000)};
    auto told = append(j, 0, 100);
    EXPECT_GT(told[error_code{}], 5);
    EXPECT_GT(told[errc::overloaded], 5);
    EXPECT_EQ(told[error_code{}] + told[errc::overloaded], 100);
    EXPECT_EQ(j.now().waiting.records, static_cast<std::uint64_t>(told[error_code{}]));
    kafka.answer({});
    ASSERT_TRUE(eventually(20s, [&] { return j.now().waiting.records == 0; }));
    EXPECT_THAT(kafka.taken(), SizeIs(told[error_code{}]));
}

TEST_F(SpoolingJournal, PutsAsideWhatKafkaWillNeverTake)
{
    kafka.answer(errc::kafka_timed_out);
    spooling_journal j{kafka, how()};
    for (int n = 0; n < 10; ++n)
        append(j, n).get();
    kafka.refuse(webhook(4).body);
    kafka.answer({});
    ASSERT_TRUE(eventually(20s, [&] { return j.now().waiting.records == 0; }));
    EXPECT_EQ(j.now().waiting.set_aside, 1U);
    EXPECT_THAT(kafka.taken(), SizeIs(9));
    // And a new one is refused to its sender, as without a spool.
    EXPECT_EQ(append(j, 4).get(), errc::kafka_rejected);
}

TEST_F(SpoolingJournal, AsksKafkaAgainWhereTheDiskFails)
{
    kafka.answer(errc::kafka_timed_out);
    spooling_journal j{kafka, how()};
    const auto block = [&](rlim_t bytes) {
        rlimit most{bytes, RLIM_INFINITY};
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &most), 0);
    };
    std::signal(SIGXFSZ, SIG_IGN);
    block(0);
    EXPECT_EQ(append(j, 0).get(), errc::storage_failed);
    kafka.answer({});
    EXPECT_FALSE(append(j, 1).get());
    kafka.answer(errc::kafka_timed_out);
    EXPECT_EQ(append(j, 2).get(), errc::storage_failed);
    block(RLIM_INFINITY);
    EXPECT_FALSE(append(j, 3).get());
    kafka.answer({});
    ASSERT_TRUE(eventually(20s, [&] { return j.now().waiting.records == 0; }));
    EXPECT_EQ(kafka.taken(), (std::vector{webhook(1).body, webhook(3).body}));
}

TEST_F(SpoolingJournal, TakesNothingOnceItIsStopped)
{
    kafka.answer(errc::kafka_timed_out);
    spooling_journal j{kafka, how()};
    EXPECT_FALSE(append(j, 0).get());
    j.stop();
    EXPECT_EQ(append(j, 1).get(), errc::stopped);
    EXPECT_EQ(inspect_spool(dir.path(), true).figures.records, 1U);
}

}  // namespace
}  // namespace rollcall::test
