// The native peer: hnswlib as its authors compile it, one thread, timed in here.
//
// hnswlib BASE QUERIES DIM METRIC M EF_CONSTRUCTION [FILE]      raw float32 files; METRIC is IP or L2
//
// Commands on stdin, a line of reply each, as in driver.mjs:
//   build     seconds; with FILE the graph is kept there, and taken from there the next time ("kept")
//   pass EF   searches with every query once: seconds a query
//   find EF   the rows found, K a query
#include "hnswlib.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr size_t K = 10;

using Clock = std::chrono::steady_clock;
using Graph = hnswlib::HierarchicalNSW<float>;

double seconds_since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<float> read_floats(const char *path)
{
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) throw std::runtime_error(std::string("cannot read ") + path);
    std::vector<float> values(static_cast<size_t>(in.tellg()) / sizeof(float));
    in.seekg(0);
    in.read(reinterpret_cast<char *>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
    return values;
}

std::unique_ptr<hnswlib::SpaceInterface<float>> space_of(const std::string &metric, size_t dim)
{
    if (metric == "L2") return std::make_unique<hnswlib::L2Space>(dim);
    return std::make_unique<hnswlib::InnerProductSpace>(dim);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 7) return 2;
    const std::vector<float> base = read_floats(argv[1]);
    const std::vector<float> queries = read_floats(argv[2]);
    const size_t dim = std::stoul(argv[3]);
    const size_t n = base.size() / dim;
    const size_t n_queries = queries.size() / dim;
    const auto space = space_of(argv[4], dim);
    const size_t m = std::stoul(argv[5]);
    const size_t ef_construction = std::stoul(argv[6]);
    const std::string file = argc > 7 ? argv[7] : "";
    std::unique_ptr<Graph> graph;

    std::string command;
    while (std::cin >> command) {
        if (command == "build") {
            if (!file.empty() && std::ifstream(file).good()) {
                graph = std::make_unique<Graph>(space.get(), file);
                std::cout << "kept" << std::endl;
                continue;
            }
            const auto start = Clock::now();
            graph = std::make_unique<Graph>(space.get(), n, m, ef_construction);
            for (size_t row = 0; row < n; row++) graph->addPoint(&base[row * dim], row);
            const double took = seconds_since(start);
            if (!file.empty()) graph->saveIndex(file);
            std::cout << took << std::endl;
        } else if (command == "pass" || command == "find") {
            size_t ef;
            std::cin >> ef;
            graph->setEf(ef);
            std::vector<size_t> found(n_queries * K);
            const auto start = Clock::now();
            for (size_t q = 0; q < n_queries; q++) {
                auto hits = graph->searchKnn(&queries[q * dim], K);
                for (size_t i = hits.size(); i-- > 0; hits.pop()) found[q * K + i] = hits.top().second;
            }
            const double took = seconds_since(start);
            if (command == "pass") std::cout << took / static_cast<double>(n_queries);
            else for (const size_t row : found) std::cout << row << ' ';
            std::cout << std::endl;
        } else {
            return command == "quit" ? 0 : 2;
        }
    }
}
