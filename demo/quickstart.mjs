// The first program of the guide to Milvus Lite, line for line. `make quickstart` builds the engine and runs it.
import { MilvusClient } from '../js/index.js';

// Initialize Milvus Lite with a local database file
const client = new MilvusClient('./milvus_demo.db');

// Create a collection
await client.create_collection({
  collection_name: 'documents',
  dimension: 384, // Embedding dimension (e.g., all-MiniLM-L6-v2)
  auto_id: true,
  enable_dynamic_field: true,
});

console.log('Collection created!');

// Generate sample vectors (normally these come from your embedding model)
const randomVector = () => Array.from({ length: 384 }, () => Math.random());
const sample_docs = [
  { text: 'Machine learning is a subset of AI', vector: randomVector() },
  { text: 'Neural networks mimic the human brain', vector: randomVector() },
  { text: 'Python is great for data science', vector: randomVector() },
];

// Insert data
await client.insert({
  collection_name: 'documents',
  data: sample_docs,
});

console.log(`Inserted ${sample_docs.length} documents`);

// Search
const query_vector = randomVector();
const results = await client.search({
  collection_name: 'documents',
  data: [query_vector],
  limit: 2,
  output_fields: ['text'],
});

console.log('\nSearch results:');
for (const result of results[0]) {
  console.log(`  - ${result.entity.text} (distance: ${result.distance.toFixed(4)})`);
}

await client.close();
