// The OpenAPI 3.1 description of the JSON endpoints, from the descriptors of the proto files and their comments.
import { ScalarType } from '@bufbuild/protobuf';

const SERVICE_TAG = 6;
const METHOD_TAG = 2;
const MESSAGE_TAG = 4;
const FIELD_TAG = 2;
const NESTED_TAG = 3;

const WELL_KNOWN = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string', examples: ['1.5s'] },
  'google.protobuf.Any': { type: 'object' },
};

/** @param registry from files with their source_code_info */
export function openApi(registry) {
  const services = [...registry].filter(({ kind }) => kind === 'service');
  const schemas = { 'connect.Error': CONNECT_ERROR };
  const paths = {};
  for (const service of services) {
    for (const method of service.methods) {
      paths[`/${service.typeName}/${method.name}`] = { post: operation(service, method) };
      collect(method.input, schemas);
      collect(method.output, schemas);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postern',
      version: 'v1',
      description:
        'The RPCs of Postern as JSON, by the Connect unary protocol. Names of fields in camelCase or as in the proto files.',
    },
    tags: services.map((service) => ({ name: service.typeName, description: findComment(service) })),
    security: [{}, { bearer: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      responses: {
        Error: {
          description: 'A refusal; docs/errors.md lists the reasons.',
          content: { 'application/json': { schema: reference('connect.Error') } },
        },
      },
    },
  };
}

function operation(service, method) {
  const [summary, ...more] = findComment(method).split('\n\n');
  const common = { tags: [service.typeName], operationId: `${service.name}_${method.name}`, summary };
  const description = more.length > 0 ? { description: more.join('\n\n') } : {};
  const error = { $ref: '#/components/responses/Error' };
  if (method.methodKind !== 'unary') {
    const streams = { description: [...more, 'Streams: over gRPC only.'].join('\n\n') };
    return { ...common, ...streams, responses: { 501: error } };
  }
  return {
    ...common,
    ...description,
    requestBody: { required: true, content: json(method.input) },
    responses: { 200: { description: 'OK', content: json(method.output) }, default: error },
  };
}

function json(message) {
  return { 'application/json': { schema: reference(message.typeName) } };
}

function reference(name) {
  return { $ref: `#/components/schemas/${name}` };
}

/** The message and all that it is made of. */
function collect(message, schemas) {
  if (message.typeName in WELL_KNOWN || message.typeName in schemas) return;
  const properties = {};
  schemas[message.typeName] = { type: 'object', description: findComment(message), properties };
  for (const field of message.fields) {
    const choice =
      field.oneof === undefined ? '' : `\n\nOne of: ${field.oneof.fields.map(({ jsonName }) => jsonName).join(', ')}.`;
    properties[field.jsonName] = { ...fieldSchema(field), description: findComment(field) + choice };
    if (field.message !== undefined) collect(field.message, schemas);
  }
}

function fieldSchema(field) {
  if (field.fieldKind === 'list') return { type: 'array', items: single(field.listKind, field) };
  if (field.fieldKind === 'map') return { type: 'object', additionalProperties: single(field.mapKind, field) };
  return single(field.fieldKind, field);
}

function single(kind, field) {
  if (kind === 'message') return WELL_KNOWN[field.message.typeName] ?? reference(field.message.typeName);
  if (kind === 'enum') return { type: 'string', enum: field.enum.values.map(({ name }) => name) };
  return scalar(field.scalar);
}

function scalar(type) {
  switch (type) {
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.INT32:
      return { type: 'integer', format: 'int32' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    default:
      throw new Error(`The JSON form of ${ScalarType[type]} is not described yet; add it here`);
  }
}

function findComment(described) {
  const path = findPath(described).join();
  const file = described.file ?? described.parent.file;
  const location = file.proto.sourceCodeInfo?.location.find((one) => one.path.join() === path);
  return (location?.leadingComments ?? '')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
    .replace(/([^\n])\n(?!\n)/g, '$1 ');
}

/** The path of an element in its file (descriptor.proto, SourceCodeInfo.Location.path). */
function findPath(described) {
  switch (described.kind) {
    case 'service':
      return [SERVICE_TAG, described.file.services.indexOf(described)];
    case 'rpc':
      return [...findPath(described.parent), METHOD_TAG, described.parent.methods.indexOf(described)];
    case 'field':
      return [...findPath(described.parent), FIELD_TAG, described.parent.fields.indexOf(described)];
    default:
      return described.parent === undefined
        ? [MESSAGE_TAG, described.file.messages.indexOf(described)]
        : [...findPath(described.parent), NESTED_TAG, described.parent.nestedMessages.indexOf(described)];
  }
}

const CONNECT_ERROR = {
  type: 'object',
  description: 'A refusal as the Connect protocol writes it.',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'The name of the gRPC status in lower case.', examples: ['unauthenticated'] },
    message: { type: 'string', description: 'Fixed text, for developers.' },
    details: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          type: { type: 'string', examples: ['google.rpc.ErrorInfo'] },
          value: { type: 'string', description: 'The message, protobuf, base64 without padding.' },
          debug: { type: 'object', description: 'The same message as JSON.' },
        },
      },
    },
  },
};
