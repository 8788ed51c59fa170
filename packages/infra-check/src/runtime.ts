/** The first Node that has all that is used here. `engines` in package.json says the same. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  const message = `@amis-shop/infra-check needs Node 22.13 or later; this is Node ${process.versions.node}.`;
  throw Object.assign(new Error(message), { code: 'runtime_unsupported' });
}
