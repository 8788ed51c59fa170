import { JsonSchemaType, JsonSchemaVersion, type Model, type RestApi } from 'aws-cdk-lib/aws-apigateway';

const text = { type: JsonSchemaType.STRING, minLength: 1 };

/**
 * What a message must hold for the gateway to let it in. Anything more is left alone, as in the back end of 2020; what is
 * inside is for the function that opens it.
 */
export function messageModels(api: RestApi): { version1: Model; version2: Model } {
  const model = (name: string, properties: Record<string, object>) =>
    api.addModel(name, {
      modelName: name,
      contentType: 'application/json',
      schema: {
        schema: JsonSchemaVersion.DRAFT4,
        type: JsonSchemaType.OBJECT,
        required: Object.keys(properties),
        properties,
      },
    });
  return {
    version1: model('MessageV1', { shop_id: text, content_base64: text }),
    version2: model('MessageV2', { v: { enum: [2] }, shop_id: text, id: text, jwe: text }),
  };
}
