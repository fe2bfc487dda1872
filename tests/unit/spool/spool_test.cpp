#include "intake/spool.hpp"

#include "records.hpp"
#include "support/small_disk.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>

namespace rollcall::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::vector<std::string> bodies(spool& of)
{
    std::vector<std::string> found;
    auto all = of.first(100'000, 1ULL << 40);
    if (!all)
        return {all.error().message() + ": " + of.trouble()};
    for (const auto& each : *all)
        found.push_back(each.damaged ? "damaged" : each.record.body);
    return found;
}

std::vector<std::string> bodies(int from, int to)
{
    std::vector<std::string> expected;
    for (int n = from; n < to; ++n)
        expected.push_back(webhook(n).body);
    return expected;
}

std::vector<std::int64_t> ids(spool& of)
{
    std::vector<std::int64_t> found;
    const auto all = of.first(100'000, 1ULL << 40);
    for (const auto& each : *all)
        found.push_back(each.id);
    return found;
}

void execute(const std::filesystem::path& file, const char* statement)
{
    sqlite3* opened = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &opened), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(opened, statement, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(opened);
}

class Spool : public testing::Test {
protected:
    spool_options here(std::uint64_t max_bytes = 1ULL << 30) const
    {
        return {.directory = dir.path() / "spool", .max_bytes = max_bytes};
    }
    std::filesystem::path file() const { return here().directory / "spool.db"; }

    temp_dir dir;
};

TEST_F(Spool, GivesBackWhatItWasGivenInOrder)
{
    spool s{here()};
    EXPECT_EQ(s.append(webhooks(0, 3)).stored, 3U);
    EXPECT_EQ(s.append(webhooks(3, 4)).stored, 1U);
    const auto all = s.first(10, 1ULL << 20);
    ASSERT_TRUE(all);
    ASSERT_THAT(*all, SizeIs(4));
    for (int n = 0; n < 4; ++n) {
        const auto& got = (*all)[static_cast<std::size_t>(n)].record;
        const auto gave = webhook(n);
        EXPECT_EQ(got.key, gave.key);
        EXPECT_EQ(got.body, gave.body);
        EXPECT_EQ(got.source, gave.source);
        EXPECT_EQ(got.provider, gave.provider);
        EXPECT_EQ(got.received_at, gave.received_at);
        EXPECT_EQ(got.delivery_id, gave.delivery_id);
        EXPECT_EQ(got.signed_headers, gave.signed_headers);
    }
}

TEST_F(Spool, IsBoundedInWhatItGivesAtOnce)
{
    spool s{here()};
    s.append(webhooks(0, 20));
    EXPECT_THAT(*s.first(7, 1ULL << 20), SizeIs(7));
    EXPECT_THAT(*s.first(7, 30), SizeIs(2));  // the first that reaches it is the last
    EXPECT_THAT(*s.first(7, 1), SizeIs(1));
}

TEST_F(Spool, ForgetsWhatIsRemovedAndKnowsTheOldest)
{
    spool s{here()};
    s.append(webhooks(0, 5));
    EXPECT_EQ(s.figures().oldest, webhook(0).received_at);
    const auto all = ids(s);
    EXPECT_FALSE(s.remove(std::span{all}.first(2)));
    EXPECT_EQ(bodies(s), bodies(2, 5));
    EXPECT_EQ(s.figures().oldest, webhook(2).received_at);
    EXPECT_EQ(s.figures().records, 3U);
    EXPECT_FALSE(s.remove(all));  // what is gone already does not matter
    EXPECT_EQ(s.figures().records, 0U);
    EXPECT_EQ(s.figures().bytes, 0U);
    EXPECT_FALSE(s.figures().oldest);
}

TEST_F(Spool, HasItsRecordsAndFiguresAfterTheNextStart)
{
    spool_figures before;
    {
        spool s{here()};
        s.append(webhooks(0, 50));
        s.remove(std::vector{ids(s).front()});
        before = s.figures();
    }
    spool s{here()};
    EXPECT_FALSE(s.salvaged());
    EXPECT_EQ(bodies(s), bodies(1, 50));
    EXPECT_EQ(s.figures().records, before.records);
    EXPECT_EQ(s.figures().bytes, before.bytes);
    EXPECT_EQ(s.figures().oldest, before.oldest);
}

TEST_F(Spool, TakesNoMoreThanItsLimit)
{
    spool s{here(2'000)};
    const auto first = s.append(webhooks(0, 100));
    EXPECT_FALSE(first.error);
    EXPECT_GT(first.stored, 2U);
    EXPECT_LT(first.stored, 20U);
    EXPECT_LE(s.figures().bytes, 2'000U);
    EXPECT_EQ(s.append(webhooks(0, 1)).stored, 0U);
    EXPECT_EQ(bodies(s), bodies(0, static_cast<int>(first.stored)));
    s.remove(ids(s));
    EXPECT_EQ(s.append(webhooks(0, 1)).stored, 1U);
}

TEST_F(Spool, GivesTheDiskBackWhenItIsEmpty)
{
    spool s{here()};
    for (int n = 0; n < 20; ++n)
        s.append(webhooks(0, 500));
    s.remove(ids(s));
    EXPECT_LT(std::filesystem::file_size(file()), 100'000U);
    EXPECT_EQ(std::filesystem::file_size(file().string() + "-wal"), 0U);
}

TEST_F(Spool, IsEmptiedAgainThoughItsDiskIsFull)
{
    const small_disk disk{spool_reserve_bytes + (2 << 20)};
    spool s{{.directory = disk.path(), .max_bytes = 1 << 30}};
    int taken = 0;
    for (; taken < 100'000; taken += 50)
        if (s.append(webhooks(taken, taken + 50)).error)
            break;
    EXPECT_GT(taken, 500);
    EXPECT_LT(taken, 100'000);
    EXPECT_THAT(s.trouble(), HasSubstr("full"));
    EXPECT_EQ(s.figures().records, static_cast<std::uint64_t>(taken));
    for (int left = taken; left > 0;) {
        const auto oldest = s.first(100, 1 << 20);
        ASSERT_TRUE(oldest) << s.trouble();
        std::vector<std::int64_t> away;
        for (const auto& one : *oldest)
            away.push_back(one.id);
        ASSERT_FALSE(s.remove(away)) << s.trouble();
        left -= static_cast<int>(away.size());
        ASSERT_EQ(s.figures().records, static_cast<std::uint64_t>(left));
    }
    EXPECT_EQ(s.append(webhooks(0, 50)).stored, 50U) << s.trouble();
}

TEST_F(Spool, TakesNothingWhereItCouldNotBeEmptiedAgain)
{
    const small_disk disk{spool_reserve_bytes / 2};
    spool s{{.directory = disk.path(), .max_bytes = 1 << 30}};
    EXPECT_EQ(s.append(webhooks(0, 1)).error, errc::storage_failed);
    EXPECT_THAT(s.trouble(), HasSubstr("no room for the 9437184 bytes"));
}

TEST_F(Spool, KeepsWhatCanNeverBeSentOnApart)
{
    spool s{here()};
    s.append(webhooks(0, 3));
    EXPECT_FALSE(s.set_aside(ids(s)[1], "Kafka: refused"));
    EXPECT_EQ(s.figures().records, 2U);
    EXPECT_EQ(s.figures().set_aside, 1U);
    EXPECT_EQ(bodies(s), (std::vector{webhook(0).body, webhook(2).body}));
    EXPECT_EQ(inspect_spool(here().directory, true).figures.set_aside, 1U);
}

TEST_F(Spool, IsForOneProcess)
{
    const spool s{here()};
    try {
        const spool other{here()};
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr(here().directory.string()));
        EXPECT_THAT(e.what(), HasSubstr("another process"));
    }
}

TEST_F(Spool, SaysWhereItCannotBe)
{
    write_file(dir.path() / "spool", "a file");
    try {
        const spool s{here()};
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr((dir.path() / "spool").string()));
    }
}

// ---- damage -------------------------------------------------------------------------------------

// What a power loss leaves of a page that was being written, at every length of the log's tail.
TEST_F(Spool, LosesNothingToATornTailOfItsLog)
{
    const auto copy = dir.path() / "copy";
    std::filesystem::create_directory(copy);
    std::uintmax_t durable = 0;
    {
        spool s{here()};
        s.append(webhooks(0, 20));
        durable = std::filesystem::file_size(file().string() + "-wal");
        s.append(webhooks(20, 40));
        for (const auto* const suffix : {"", "-wal"})
            std::filesystem::copy_file(
                file().string() + suffix, copy / (std::string{"spool.db"} + suffix)
            );
    }
    const auto log = read_file(copy / "spool.db-wal");
    const auto main = read_file(copy / "spool.db");
    ASSERT_GT(log.size(), durable);
    for (auto length = durable; length < log.size(); length += 997) {
        const temp_dir torn;
        write_file(torn.path() / "spool.db", main);
        write_file(torn.path() / "spool.db-wal", log.substr(0, length));
        spool s{{.directory = torn.path()}};
        EXPECT_FALSE(s.salvaged());
        EXPECT_EQ(bodies(s), bodies(0, 20)) << length;
        EXPECT_EQ(s.append(webhooks(20, 21)).stored, 1U);
    }
}

TEST_F(Spool, SetsADamagedFileAsideAndSavesWhatCanBeRead)
{
    {
        spool s{here()};
        s.append(webhooks(0, 2'000));
    }
    // A page in the middle, of the table's leaves.
    auto bytes = read_file(file());
    ASSERT_GT(bytes.size(), 200'000U);
    const auto page = bytes.size() / 2 / 4096 * 4096;
    bytes.replace(page, 4096, std::string(4096, '\xa5'));
    write_file(file(), bytes);

    spool s{here()};
    ASSERT_TRUE(s.salvaged());
    const auto& found = *s.salvaged();
    EXPECT_GT(found.lost, 0U);
    EXPECT_LT(found.lost, 60U);
    EXPECT_EQ(found.saved + found.lost, 2'000U);
    EXPECT_EQ(s.figures().records, found.saved);
    EXPECT_TRUE(read_file(found.kept_as).substr(4096) == bytes.substr(4096));  // but for its head
    // Those that are there are whole, and in their order.
    auto whole = bodies(0, 2'000);
    auto next = whole.begin();
    for (const auto& body : bodies(s)) {
        next = std::find(next, whole.end(), body);
        ASSERT_NE(next++, whole.end());
    }
    EXPECT_THAT(inspect_spool(here().directory, true).damaged_files, SizeIs(1));
    EXPECT_EQ(s.append(webhooks(0, 1)).stored, 1U);
}

TEST_F(Spool, StartsAnewWhereNothingCanBeRead)
{
    std::filesystem::create_directories(here().directory);
    write_file(file(), std::string(8192, 'x'));
    spool s{here()};
    ASSERT_TRUE(s.salvaged());
    EXPECT_EQ(s.salvaged()->saved, 0U);
    EXPECT_EQ(read_file(s.salvaged()->kept_as), std::string(8192, 'x'));
    EXPECT_EQ(s.append(webhooks(0, 1)).stored, 1U);
}

TEST_F(Spool, TellsARecordWhoseBytesHaveChanged)
{
    {
        spool s{here()};
        s.append(webhooks(0, 3));
    }
    execute(file(), "UPDATE waiting SET body = 'changed' WHERE id = 2");
    spool s{here()};
    EXPECT_EQ(bodies(s), (std::vector<std::string>{webhook(0).body, "damaged", webhook(2).body}));
    const auto seen = inspect_spool(here().directory, true);
    ASSERT_THAT(seen.faults, SizeIs(1));
    EXPECT_THAT(seen.faults.front(), HasSubstr("record 2"));
    EXPECT_THAT(inspect_spool(here().directory, false).faults, SizeIs(0));
}

TEST_F(Spool, IsLookedAtWhileItIsUsed)
{
    spool s{here()};
    s.append(webhooks(0, 3));
    const auto seen = inspect_spool(here().directory, true);
    EXPECT_EQ(seen.figures.records, 3U);
    EXPECT_EQ(seen.figures.bytes, s.figures().bytes);
    EXPECT_EQ(seen.figures.oldest, webhook(0).received_at);
    EXPECT_THAT(seen.faults, SizeIs(0));
    EXPECT_EQ(inspect_spool(dir.path() / "nothing", true).figures.records, 0U);
}

}  // namespace
}  // namespace rollcall::test
